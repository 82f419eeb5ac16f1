from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OpenStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPEN_STATUS_OPEN_FOR_ALL: _ClassVar[OpenStatus]
    OPEN_STATUS_CLOSED_FOR_NEW: _ClassVar[OpenStatus]
    OPEN_STATUS_CLOSED_FOR_ALL: _ClassVar[OpenStatus]

class ProtocolVersion(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROTOCOL_VERSION_1: _ClassVar[ProtocolVersion]
    PROTOCOL_VERSION_2: _ClassVar[ProtocolVersion]
    PROTOCOL_VERSION_3: _ClassVar[ProtocolVersion]
    PROTOCOL_VERSION_4: _ClassVar[ProtocolVersion]
    PROTOCOL_VERSION_5: _ClassVar[ProtocolVersion]
    PROTOCOL_VERSION_6: _ClassVar[ProtocolVersion]
    PROTOCOL_VERSION_7: _ClassVar[ProtocolVersion]
    PROTOCOL_VERSION_8: _ClassVar[ProtocolVersion]
    PROTOCOL_VERSION_9: _ClassVar[ProtocolVersion]
    PROTOCOL_VERSION_10: _ClassVar[ProtocolVersion]

class CredentialType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CREDENTIAL_TYPE_INITIAL: _ClassVar[CredentialType]
    CREDENTIAL_TYPE_NORMAL: _ClassVar[CredentialType]
OPEN_STATUS_OPEN_FOR_ALL: OpenStatus
OPEN_STATUS_CLOSED_FOR_NEW: OpenStatus
OPEN_STATUS_CLOSED_FOR_ALL: OpenStatus
PROTOCOL_VERSION_1: ProtocolVersion
PROTOCOL_VERSION_2: ProtocolVersion
PROTOCOL_VERSION_3: ProtocolVersion
PROTOCOL_VERSION_4: ProtocolVersion
PROTOCOL_VERSION_5: ProtocolVersion
PROTOCOL_VERSION_6: ProtocolVersion
PROTOCOL_VERSION_7: ProtocolVersion
PROTOCOL_VERSION_8: ProtocolVersion
PROTOCOL_VERSION_9: ProtocolVersion
PROTOCOL_VERSION_10: ProtocolVersion
CREDENTIAL_TYPE_INITIAL: CredentialType
CREDENTIAL_TYPE_NORMAL: CredentialType

class Empty(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class BlockHash(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: bytes
    def __init__(self, value: _Optional[bytes] = ...) -> None: ...

class TransactionHash(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: bytes
    def __init__(self, value: _Optional[bytes] = ...) -> None: ...

class StateHash(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: bytes
    def __init__(self, value: _Optional[bytes] = ...) -> None: ...

class AccountAddress(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: bytes
    def __init__(self, value: _Optional[bytes] = ...) -> None: ...

class CredentialRegistrationId(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: bytes
    def __init__(self, value: _Optional[bytes] = ...) -> None: ...

class Commitment(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: bytes
    def __init__(self, value: _Optional[bytes] = ...) -> None: ...

class EncryptionKey(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: bytes
    def __init__(self, value: _Optional[bytes] = ...) -> None: ...

class EncryptedAmount(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: bytes
    def __init__(self, value: _Optional[bytes] = ...) -> None: ...

class BakerElectionVerifyKey(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: bytes
    def __init__(self, value: _Optional[bytes] = ...) -> None: ...

class BakerSignatureVerifyKey(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: bytes
    def __init__(self, value: _Optional[bytes] = ...) -> None: ...

class BakerAggregationVerifyKey(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: bytes
    def __init__(self, value: _Optional[bytes] = ...) -> None: ...

class AbsoluteBlockHeight(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: int
    def __init__(self, value: _Optional[int] = ...) -> None: ...

class BlockHeight(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: int
    def __init__(self, value: _Optional[int] = ...) -> None: ...

class BakerId(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: int
    def __init__(self, value: _Optional[int] = ...) -> None: ...

class AccountIndex(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: int
    def __init__(self, value: _Optional[int] = ...) -> None: ...

class Amount(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: int
    def __init__(self, value: _Optional[int] = ...) -> None: ...

class Timestamp(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: int
    def __init__(self, value: _Optional[int] = ...) -> None: ...

class Duration(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: int
    def __init__(self, value: _Optional[int] = ...) -> None: ...

class Energy(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: int
    def __init__(self, value: _Optional[int] = ...) -> None: ...

class Epoch(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: int
    def __init__(self, value: _Optional[int] = ...) -> None: ...

class Round(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: int
    def __init__(self, value: _Optional[int] = ...) -> None: ...

class Slot(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: int
    def __init__(self, value: _Optional[int] = ...) -> None: ...

class SequenceNumber(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: int
    def __init__(self, value: _Optional[int] = ...) -> None: ...

class GenesisIndex(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: int
    def __init__(self, value: _Optional[int] = ...) -> None: ...

class SignatureThreshold(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: int
    def __init__(self, value: _Optional[int] = ...) -> None: ...

class AccountThreshold(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: int
    def __init__(self, value: _Optional[int] = ...) -> None: ...

class IdentityProviderIdentity(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: int
    def __init__(self, value: _Optional[int] = ...) -> None: ...

class IpIdentity(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: int
    def __init__(self, value: _Optional[int] = ...) -> None: ...

class ArThreshold(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: int
    def __init__(self, value: _Optional[int] = ...) -> None: ...

class BlockHashInput(_message.Message):
    __slots__ = ("best", "last_final", "given", "absolute_height", "relative_height")
    class RelativeHeight(_message.Message):
        __slots__ = ("genesis_index", "height", "restrict")
        GENESIS_INDEX_FIELD_NUMBER: _ClassVar[int]
        HEIGHT_FIELD_NUMBER: _ClassVar[int]
        RESTRICT_FIELD_NUMBER: _ClassVar[int]
        genesis_index: GenesisIndex
        height: BlockHeight
        restrict: bool
        def __init__(self, genesis_index: _Optional[_Union[GenesisIndex, _Mapping]] = ..., height: _Optional[_Union[BlockHeight, _Mapping]] = ..., restrict: bool = ...) -> None: ...
    BEST_FIELD_NUMBER: _ClassVar[int]
    LAST_FINAL_FIELD_NUMBER: _ClassVar[int]
    GIVEN_FIELD_NUMBER: _ClassVar[int]
    ABSOLUTE_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    RELATIVE_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    best: Empty
    last_final: Empty
    given: BlockHash
    absolute_height: AbsoluteBlockHeight
    relative_height: BlockHashInput.RelativeHeight
    def __init__(self, best: _Optional[_Union[Empty, _Mapping]] = ..., last_final: _Optional[_Union[Empty, _Mapping]] = ..., given: _Optional[_Union[BlockHash, _Mapping]] = ..., absolute_height: _Optional[_Union[AbsoluteBlockHeight, _Mapping]] = ..., relative_height: _Optional[_Union[BlockHashInput.RelativeHeight, _Mapping]] = ...) -> None: ...

class AccountIdentifierInput(_message.Message):
    __slots__ = ("address", "cred_id", "account_index")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    CRED_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_INDEX_FIELD_NUMBER: _ClassVar[int]
    address: AccountAddress
    cred_id: CredentialRegistrationId
    account_index: AccountIndex
    def __init__(self, address: _Optional[_Union[AccountAddress, _Mapping]] = ..., cred_id: _Optional[_Union[CredentialRegistrationId, _Mapping]] = ..., account_index: _Optional[_Union[AccountIndex, _Mapping]] = ...) -> None: ...

class AccountInfoRequest(_message.Message):
    __slots__ = ("block_hash", "account_identifier")
    BLOCK_HASH_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    block_hash: BlockHashInput
    account_identifier: AccountIdentifierInput
    def __init__(self, block_hash: _Optional[_Union[BlockHashInput, _Mapping]] = ..., account_identifier: _Optional[_Union[AccountIdentifierInput, _Mapping]] = ...) -> None: ...

class AccountInfo(_message.Message):
    __slots__ = ("sequence_number", "amount", "schedule", "creds", "threshold", "encrypted_balance", "encryption_key", "index", "stake", "address", "cooldowns", "available_balance")
    class CredsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: int
        value: AccountCredential
        def __init__(self, key: _Optional[int] = ..., value: _Optional[_Union[AccountCredential, _Mapping]] = ...) -> None: ...
    SEQUENCE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_FIELD_NUMBER: _ClassVar[int]
    CREDS_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    ENCRYPTED_BALANCE_FIELD_NUMBER: _ClassVar[int]
    ENCRYPTION_KEY_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    STAKE_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    COOLDOWNS_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_BALANCE_FIELD_NUMBER: _ClassVar[int]
    sequence_number: SequenceNumber
    amount: Amount
    schedule: ReleaseSchedule
    creds: _containers.MessageMap[int, AccountCredential]
    threshold: AccountThreshold
    encrypted_balance: EncryptedBalance
    encryption_key: EncryptionKey
    index: AccountIndex
    stake: AccountStakingInfo
    address: AccountAddress
    cooldowns: _containers.RepeatedCompositeFieldContainer[Cooldown]
    available_balance: Amount
    def __init__(self, sequence_number: _Optional[_Union[SequenceNumber, _Mapping]] = ..., amount: _Optional[_Union[Amount, _Mapping]] = ..., schedule: _Optional[_Union[ReleaseSchedule, _Mapping]] = ..., creds: _Optional[_Mapping[int, AccountCredential]] = ..., threshold: _Optional[_Union[AccountThreshold, _Mapping]] = ..., encrypted_balance: _Optional[_Union[EncryptedBalance, _Mapping]] = ..., encryption_key: _Optional[_Union[EncryptionKey, _Mapping]] = ..., index: _Optional[_Union[AccountIndex, _Mapping]] = ..., stake: _Optional[_Union[AccountStakingInfo, _Mapping]] = ..., address: _Optional[_Union[AccountAddress, _Mapping]] = ..., cooldowns: _Optional[_Iterable[_Union[Cooldown, _Mapping]]] = ..., available_balance: _Optional[_Union[Amount, _Mapping]] = ...) -> None: ...

class ReleaseSchedule(_message.Message):
    __slots__ = ("total", "schedules")
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    SCHEDULES_FIELD_NUMBER: _ClassVar[int]
    total: Amount
    schedules: _containers.RepeatedCompositeFieldContainer[Release]
    def __init__(self, total: _Optional[_Union[Amount, _Mapping]] = ..., schedules: _Optional[_Iterable[_Union[Release, _Mapping]]] = ...) -> None: ...

class Release(_message.Message):
    __slots__ = ("timestamp", "amount", "transactions")
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    TRANSACTIONS_FIELD_NUMBER: _ClassVar[int]
    timestamp: Timestamp
    amount: Amount
    transactions: _containers.RepeatedCompositeFieldContainer[TransactionHash]
    def __init__(self, timestamp: _Optional[_Union[Timestamp, _Mapping]] = ..., amount: _Optional[_Union[Amount, _Mapping]] = ..., transactions: _Optional[_Iterable[_Union[TransactionHash, _Mapping]]] = ...) -> None: ...

class EncryptedBalance(_message.Message):
    __slots__ = ("self_amount", "start_index", "aggregated_amount", "num_aggregated", "incoming_amounts")
    SELF_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    START_INDEX_FIELD_NUMBER: _ClassVar[int]
    AGGREGATED_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    NUM_AGGREGATED_FIELD_NUMBER: _ClassVar[int]
    INCOMING_AMOUNTS_FIELD_NUMBER: _ClassVar[int]
    self_amount: EncryptedAmount
    start_index: int
    aggregated_amount: EncryptedAmount
    num_aggregated: int
    incoming_amounts: _containers.RepeatedCompositeFieldContainer[EncryptedAmount]
    def __init__(self, self_amount: _Optional[_Union[EncryptedAmount, _Mapping]] = ..., start_index: _Optional[int] = ..., aggregated_amount: _Optional[_Union[EncryptedAmount, _Mapping]] = ..., num_aggregated: _Optional[int] = ..., incoming_amounts: _Optional[_Iterable[_Union[EncryptedAmount, _Mapping]]] = ...) -> None: ...

class Cooldown(_message.Message):
    __slots__ = ("end_time", "amount", "status")
    class CooldownStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        COOLDOWN: _ClassVar[Cooldown.CooldownStatus]
        PRE_COOLDOWN: _ClassVar[Cooldown.CooldownStatus]
        PRE_PRE_COOLDOWN: _ClassVar[Cooldown.CooldownStatus]
    COOLDOWN: Cooldown.CooldownStatus
    PRE_COOLDOWN: Cooldown.CooldownStatus
    PRE_PRE_COOLDOWN: Cooldown.CooldownStatus
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    end_time: Timestamp
    amount: Amount
    status: Cooldown.CooldownStatus
    def __init__(self, end_time: _Optional[_Union[Timestamp, _Mapping]] = ..., amount: _Optional[_Union[Amount, _Mapping]] = ..., status: _Optional[_Union[Cooldown.CooldownStatus, str]] = ...) -> None: ...

class AccountStakingInfo(_message.Message):
    __slots__ = ("baker", "delegator")
    class Baker(_message.Message):
        __slots__ = ("staked_amount", "restake_earnings", "baker_info", "pending_change", "pool_info", "is_suspended")
        STAKED_AMOUNT_FIELD_NUMBER: _ClassVar[int]
        RESTAKE_EARNINGS_FIELD_NUMBER: _ClassVar[int]
        BAKER_INFO_FIELD_NUMBER: _ClassVar[int]
        PENDING_CHANGE_FIELD_NUMBER: _ClassVar[int]
        POOL_INFO_FIELD_NUMBER: _ClassVar[int]
        IS_SUSPENDED_FIELD_NUMBER: _ClassVar[int]
        staked_amount: Amount
        restake_earnings: bool
        baker_info: BakerInfo
        pending_change: StakePendingChange
        pool_info: BakerPoolInfo
        is_suspended: bool
        def __init__(self, staked_amount: _Optional[_Union[Amount, _Mapping]] = ..., restake_earnings: bool = ..., baker_info: _Optional[_Union[BakerInfo, _Mapping]] = ..., pending_change: _Optional[_Union[StakePendingChange, _Mapping]] = ..., pool_info: _Optional[_Union[BakerPoolInfo, _Mapping]] = ..., is_suspended: bool = ...) -> None: ...
    class Delegator(_message.Message):
        __slots__ = ("staked_amount", "restake_earnings", "target", "pending_change")
        STAKED_AMOUNT_FIELD_NUMBER: _ClassVar[int]
        RESTAKE_EARNINGS_FIELD_NUMBER: _ClassVar[int]
        TARGET_FIELD_NUMBER: _ClassVar[int]
        PENDING_CHANGE_FIELD_NUMBER: _ClassVar[int]
        staked_amount: Amount
        restake_earnings: bool
        target: DelegationTarget
        pending_change: StakePendingChange
        def __init__(self, staked_amount: _Optional[_Union[Amount, _Mapping]] = ..., restake_earnings: bool = ..., target: _Optional[_Union[DelegationTarget, _Mapping]] = ..., pending_change: _Optional[_Union[StakePendingChange, _Mapping]] = ...) -> None: ...
    BAKER_FIELD_NUMBER: _ClassVar[int]
    DELEGATOR_FIELD_NUMBER: _ClassVar[int]
    baker: AccountStakingInfo.Baker
    delegator: AccountStakingInfo.Delegator
    def __init__(self, baker: _Optional[_Union[AccountStakingInfo.Baker, _Mapping]] = ..., delegator: _Optional[_Union[AccountStakingInfo.Delegator, _Mapping]] = ...) -> None: ...

class DelegationTarget(_message.Message):
    __slots__ = ("passive", "baker")
    PASSIVE_FIELD_NUMBER: _ClassVar[int]
    BAKER_FIELD_NUMBER: _ClassVar[int]
    passive: Empty
    baker: BakerId
    def __init__(self, passive: _Optional[_Union[Empty, _Mapping]] = ..., baker: _Optional[_Union[BakerId, _Mapping]] = ...) -> None: ...

class StakePendingChange(_message.Message):
    __slots__ = ("reduce", "remove")
    class Reduce(_message.Message):
        __slots__ = ("new_stake", "effective_time")
        NEW_STAKE_FIELD_NUMBER: _ClassVar[int]
        EFFECTIVE_TIME_FIELD_NUMBER: _ClassVar[int]
        new_stake: Amount
        effective_time: Timestamp
        def __init__(self, new_stake: _Optional[_Union[Amount, _Mapping]] = ..., effective_time: _Optional[_Union[Timestamp, _Mapping]] = ...) -> None: ...
    REDUCE_FIELD_NUMBER: _ClassVar[int]
    REMOVE_FIELD_NUMBER: _ClassVar[int]
    reduce: StakePendingChange.Reduce
    remove: Timestamp
    def __init__(self, reduce: _Optional[_Union[StakePendingChange.Reduce, _Mapping]] = ..., remove: _Optional[_Union[Timestamp, _Mapping]] = ...) -> None: ...

class BakerInfo(_message.Message):
    __slots__ = ("baker_id", "election_key", "signature_key", "aggregation_key")
    BAKER_ID_FIELD_NUMBER: _ClassVar[int]
    ELECTION_KEY_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_KEY_FIELD_NUMBER: _ClassVar[int]
    AGGREGATION_KEY_FIELD_NUMBER: _ClassVar[int]
    baker_id: BakerId
    election_key: BakerElectionVerifyKey
    signature_key: BakerSignatureVerifyKey
    aggregation_key: BakerAggregationVerifyKey
    def __init__(self, baker_id: _Optional[_Union[BakerId, _Mapping]] = ..., election_key: _Optional[_Union[BakerElectionVerifyKey, _Mapping]] = ..., signature_key: _Optional[_Union[BakerSignatureVerifyKey, _Mapping]] = ..., aggregation_key: _Optional[_Union[BakerAggregationVerifyKey, _Mapping]] = ...) -> None: ...

class AmountFraction(_message.Message):
    __slots__ = ("parts_per_hundred_thousand",)
    PARTS_PER_HUNDRED_THOUSAND_FIELD_NUMBER: _ClassVar[int]
    parts_per_hundred_thousand: int
    def __init__(self, parts_per_hundred_thousand: _Optional[int] = ...) -> None: ...

class CommissionRates(_message.Message):
    __slots__ = ("finalization", "baking", "transaction")
    FINALIZATION_FIELD_NUMBER: _ClassVar[int]
    BAKING_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    finalization: AmountFraction
    baking: AmountFraction
    transaction: AmountFraction
    def __init__(self, finalization: _Optional[_Union[AmountFraction, _Mapping]] = ..., baking: _Optional[_Union[AmountFraction, _Mapping]] = ..., transaction: _Optional[_Union[AmountFraction, _Mapping]] = ...) -> None: ...

class BakerPoolInfo(_message.Message):
    __slots__ = ("open_status", "url", "commission_rates")
    OPEN_STATUS_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    COMMISSION_RATES_FIELD_NUMBER: _ClassVar[int]
    open_status: OpenStatus
    url: str
    commission_rates: CommissionRates
    def __init__(self, open_status: _Optional[_Union[OpenStatus, str]] = ..., url: _Optional[str] = ..., commission_rates: _Optional[_Union[CommissionRates, _Mapping]] = ...) -> None: ...

class AccountCredential(_message.Message):
    __slots__ = ("initial", "normal")
    INITIAL_FIELD_NUMBER: _ClassVar[int]
    NORMAL_FIELD_NUMBER: _ClassVar[int]
    initial: InitialCredentialValues
    normal: NormalCredentialValues
    def __init__(self, initial: _Optional[_Union[InitialCredentialValues, _Mapping]] = ..., normal: _Optional[_Union[NormalCredentialValues, _Mapping]] = ...) -> None: ...

class InitialCredentialValues(_message.Message):
    __slots__ = ("keys", "cred_id", "ip_id", "policy")
    KEYS_FIELD_NUMBER: _ClassVar[int]
    CRED_ID_FIELD_NUMBER: _ClassVar[int]
    IP_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    keys: CredentialPublicKeys
    cred_id: CredentialRegistrationId
    ip_id: IdentityProviderIdentity
    policy: Policy
    def __init__(self, keys: _Optional[_Union[CredentialPublicKeys, _Mapping]] = ..., cred_id: _Optional[_Union[CredentialRegistrationId, _Mapping]] = ..., ip_id: _Optional[_Union[IdentityProviderIdentity, _Mapping]] = ..., policy: _Optional[_Union[Policy, _Mapping]] = ...) -> None: ...

class NormalCredentialValues(_message.Message):
    __slots__ = ("keys", "cred_id", "ip_id", "policy", "ar_threshold", "ar_data", "commitments")
    class ArDataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: int
        value: ChainArData
        def __init__(self, key: _Optional[int] = ..., value: _Optional[_Union[ChainArData, _Mapping]] = ...) -> None: ...
    KEYS_FIELD_NUMBER: _ClassVar[int]
    CRED_ID_FIELD_NUMBER: _ClassVar[int]
    IP_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    AR_THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    AR_DATA_FIELD_NUMBER: _ClassVar[int]
    COMMITMENTS_FIELD_NUMBER: _ClassVar[int]
    keys: CredentialPublicKeys
    cred_id: CredentialRegistrationId
    ip_id: IdentityProviderIdentity
    policy: Policy
    ar_threshold: ArThreshold
    ar_data: _containers.MessageMap[int, ChainArData]
    commitments: CredentialCommitments
    def __init__(self, keys: _Optional[_Union[CredentialPublicKeys, _Mapping]] = ..., cred_id: _Optional[_Union[CredentialRegistrationId, _Mapping]] = ..., ip_id: _Optional[_Union[IdentityProviderIdentity, _Mapping]] = ..., policy: _Optional[_Union[Policy, _Mapping]] = ..., ar_threshold: _Optional[_Union[ArThreshold, _Mapping]] = ..., ar_data: _Optional[_Mapping[int, ChainArData]] = ..., commitments: _Optional[_Union[CredentialCommitments, _Mapping]] = ...) -> None: ...

class CredentialPublicKeys(_message.Message):
    __slots__ = ("keys", "threshold")
    class KeysEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: int
        value: AccountVerifyKey
        def __init__(self, key: _Optional[int] = ..., value: _Optional[_Union[AccountVerifyKey, _Mapping]] = ...) -> None: ...
    KEYS_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.MessageMap[int, AccountVerifyKey]
    threshold: SignatureThreshold
    def __init__(self, keys: _Optional[_Mapping[int, AccountVerifyKey]] = ..., threshold: _Optional[_Union[SignatureThreshold, _Mapping]] = ...) -> None: ...

class AccountVerifyKey(_message.Message):
    __slots__ = ("ed25519_key",)
    ED25519_KEY_FIELD_NUMBER: _ClassVar[int]
    ed25519_key: bytes
    def __init__(self, ed25519_key: _Optional[bytes] = ...) -> None: ...

class Policy(_message.Message):
    __slots__ = ("created_at", "valid_to", "attributes")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: int
        value: bytes
        def __init__(self, key: _Optional[int] = ..., value: _Optional[bytes] = ...) -> None: ...
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    VALID_TO_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    created_at: YearMonth
    valid_to: YearMonth
    attributes: _containers.ScalarMap[int, bytes]
    def __init__(self, created_at: _Optional[_Union[YearMonth, _Mapping]] = ..., valid_to: _Optional[_Union[YearMonth, _Mapping]] = ..., attributes: _Optional[_Mapping[int, bytes]] = ...) -> None: ...

class YearMonth(_message.Message):
    __slots__ = ("year", "month")
    YEAR_FIELD_NUMBER: _ClassVar[int]
    MONTH_FIELD_NUMBER: _ClassVar[int]
    year: int
    month: int
    def __init__(self, year: _Optional[int] = ..., month: _Optional[int] = ...) -> None: ...

class ChainArData(_message.Message):
    __slots__ = ("enc_id_cred_pub_share",)
    ENC_ID_CRED_PUB_SHARE_FIELD_NUMBER: _ClassVar[int]
    enc_id_cred_pub_share: bytes
    def __init__(self, enc_id_cred_pub_share: _Optional[bytes] = ...) -> None: ...

class CredentialCommitments(_message.Message):
    __slots__ = ("prf", "cred_counter", "max_accounts", "attributes", "id_cred_sec_sharing_coeff")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: int
        value: Commitment
        def __init__(self, key: _Optional[int] = ..., value: _Optional[_Union[Commitment, _Mapping]] = ...) -> None: ...
    PRF_FIELD_NUMBER: _ClassVar[int]
    CRED_COUNTER_FIELD_NUMBER: _ClassVar[int]
    MAX_ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    ID_CRED_SEC_SHARING_COEFF_FIELD_NUMBER: _ClassVar[int]
    prf: Commitment
    cred_counter: Commitment
    max_accounts: Commitment
    attributes: _containers.MessageMap[int, Commitment]
    id_cred_sec_sharing_coeff: _containers.RepeatedCompositeFieldContainer[Commitment]
    def __init__(self, prf: _Optional[_Union[Commitment, _Mapping]] = ..., cred_counter: _Optional[_Union[Commitment, _Mapping]] = ..., max_accounts: _Optional[_Union[Commitment, _Mapping]] = ..., attributes: _Optional[_Mapping[int, Commitment]] = ..., id_cred_sec_sharing_coeff: _Optional[_Iterable[_Union[Commitment, _Mapping]]] = ...) -> None: ...

class NextAccountSequenceNumber(_message.Message):
    __slots__ = ("sequence_number", "all_final")
    SEQUENCE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    ALL_FINAL_FIELD_NUMBER: _ClassVar[int]
    sequence_number: SequenceNumber
    all_final: bool
    def __init__(self, sequence_number: _Optional[_Union[SequenceNumber, _Mapping]] = ..., all_final: bool = ...) -> None: ...

class CryptographicParameters(_message.Message):
    __slots__ = ("genesis_string", "bulletproof_generators", "on_chain_commitment_key")
    GENESIS_STRING_FIELD_NUMBER: _ClassVar[int]
    BULLETPROOF_GENERATORS_FIELD_NUMBER: _ClassVar[int]
    ON_CHAIN_COMMITMENT_KEY_FIELD_NUMBER: _ClassVar[int]
    genesis_string: str
    bulletproof_generators: bytes
    on_chain_commitment_key: bytes
    def __init__(self, genesis_string: _Optional[str] = ..., bulletproof_generators: _Optional[bytes] = ..., on_chain_commitment_key: _Optional[bytes] = ...) -> None: ...

class ConsensusInfo(_message.Message):
    __slots__ = ("best_block", "genesis_block", "genesis_time", "slot_duration", "epoch_duration", "last_finalized_block", "best_block_height", "last_finalized_block_height", "blocks_received_count", "block_last_received_time", "blocks_verified_count", "block_last_arrived_time", "finalization_count", "last_finalized_time", "protocol_version", "genesis_index", "current_era_genesis_block", "current_era_genesis_time", "current_timeout_duration", "current_round", "current_epoch", "trigger_block_time")
    BEST_BLOCK_FIELD_NUMBER: _ClassVar[int]
    GENESIS_BLOCK_FIELD_NUMBER: _ClassVar[int]
    GENESIS_TIME_FIELD_NUMBER: _ClassVar[int]
    SLOT_DURATION_FIELD_NUMBER: _ClassVar[int]
    EPOCH_DURATION_FIELD_NUMBER: _ClassVar[int]
    LAST_FINALIZED_BLOCK_FIELD_NUMBER: _ClassVar[int]
    BEST_BLOCK_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    LAST_FINALIZED_BLOCK_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    BLOCKS_RECEIVED_COUNT_FIELD_NUMBER: _ClassVar[int]
    BLOCK_LAST_RECEIVED_TIME_FIELD_NUMBER: _ClassVar[int]
    BLOCKS_VERIFIED_COUNT_FIELD_NUMBER: _ClassVar[int]
    BLOCK_LAST_ARRIVED_TIME_FIELD_NUMBER: _ClassVar[int]
    FINALIZATION_COUNT_FIELD_NUMBER: _ClassVar[int]
    LAST_FINALIZED_TIME_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    GENESIS_INDEX_FIELD_NUMBER: _ClassVar[int]
    CURRENT_ERA_GENESIS_BLOCK_FIELD_NUMBER: _ClassVar[int]
    CURRENT_ERA_GENESIS_TIME_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TIMEOUT_DURATION_FIELD_NUMBER: _ClassVar[int]
    CURRENT_ROUND_FIELD_NUMBER: _ClassVar[int]
    CURRENT_EPOCH_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_BLOCK_TIME_FIELD_NUMBER: _ClassVar[int]
    best_block: BlockHash
    genesis_block: BlockHash
    genesis_time: Timestamp
    slot_duration: Duration
    epoch_duration: Duration
    last_finalized_block: BlockHash
    best_block_height: AbsoluteBlockHeight
    last_finalized_block_height: AbsoluteBlockHeight
    blocks_received_count: int
    block_last_received_time: Timestamp
    blocks_verified_count: int
    block_last_arrived_time: Timestamp
    finalization_count: int
    last_finalized_time: Timestamp
    protocol_version: ProtocolVersion
    genesis_index: GenesisIndex
    current_era_genesis_block: BlockHash
    current_era_genesis_time: Timestamp
    current_timeout_duration: Duration
    current_round: Round
    current_epoch: Epoch
    trigger_block_time: Timestamp
    def __init__(self, best_block: _Optional[_Union[BlockHash, _Mapping]] = ..., genesis_block: _Optional[_Union[BlockHash, _Mapping]] = ..., genesis_time: _Optional[_Union[Timestamp, _Mapping]] = ..., slot_duration: _Optional[_Union[Duration, _Mapping]] = ..., epoch_duration: _Optional[_Union[Duration, _Mapping]] = ..., last_finalized_block: _Optional[_Union[BlockHash, _Mapping]] = ..., best_block_height: _Optional[_Union[AbsoluteBlockHeight, _Mapping]] = ..., last_finalized_block_height: _Optional[_Union[AbsoluteBlockHeight, _Mapping]] = ..., blocks_received_count: _Optional[int] = ..., block_last_received_time: _Optional[_Union[Timestamp, _Mapping]] = ..., blocks_verified_count: _Optional[int] = ..., block_last_arrived_time: _Optional[_Union[Timestamp, _Mapping]] = ..., finalization_count: _Optional[int] = ..., last_finalized_time: _Optional[_Union[Timestamp, _Mapping]] = ..., protocol_version: _Optional[_Union[ProtocolVersion, str]] = ..., genesis_index: _Optional[_Union[GenesisIndex, _Mapping]] = ..., current_era_genesis_block: _Optional[_Union[BlockHash, _Mapping]] = ..., current_era_genesis_time: _Optional[_Union[Timestamp, _Mapping]] = ..., current_timeout_duration: _Optional[_Union[Duration, _Mapping]] = ..., current_round: _Optional[_Union[Round, _Mapping]] = ..., current_epoch: _Optional[_Union[Epoch, _Mapping]] = ..., trigger_block_time: _Optional[_Union[Timestamp, _Mapping]] = ...) -> None: ...

class BlockInfo(_message.Message):
    __slots__ = ("hash", "height", "parent_block", "last_finalized_block", "genesis_index", "era_block_height", "receive_time", "arrive_time", "slot_number", "slot_time", "baker", "finalized", "transaction_count", "transactions_energy_cost", "transactions_size", "state_hash", "protocol_version", "round", "epoch")
    HASH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    PARENT_BLOCK_FIELD_NUMBER: _ClassVar[int]
    LAST_FINALIZED_BLOCK_FIELD_NUMBER: _ClassVar[int]
    GENESIS_INDEX_FIELD_NUMBER: _ClassVar[int]
    ERA_BLOCK_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    ARRIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    SLOT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    SLOT_TIME_FIELD_NUMBER: _ClassVar[int]
    BAKER_FIELD_NUMBER: _ClassVar[int]
    FINALIZED_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_COUNT_FIELD_NUMBER: _ClassVar[int]
    TRANSACTIONS_ENERGY_COST_FIELD_NUMBER: _ClassVar[int]
    TRANSACTIONS_SIZE_FIELD_NUMBER: _ClassVar[int]
    STATE_HASH_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    hash: BlockHash
    height: AbsoluteBlockHeight
    parent_block: BlockHash
    last_finalized_block: BlockHash
    genesis_index: GenesisIndex
    era_block_height: BlockHeight
    receive_time: Timestamp
    arrive_time: Timestamp
    slot_number: Slot
    slot_time: Timestamp
    baker: BakerId
    finalized: bool
    transaction_count: int
    transactions_energy_cost: Energy
    transactions_size: int
    state_hash: StateHash
    protocol_version: ProtocolVersion
    round: Round
    epoch: Epoch
    def __init__(self, hash: _Optional[_Union[BlockHash, _Mapping]] = ..., height: _Optional[_Union[AbsoluteBlockHeight, _Mapping]] = ..., parent_block: _Optional[_Union[BlockHash, _Mapping]] = ..., last_finalized_block: _Optional[_Union[BlockHash, _Mapping]] = ..., genesis_index: _Optional[_Union[GenesisIndex, _Mapping]] = ..., era_block_height: _Optional[_Union[BlockHeight, _Mapping]] = ..., receive_time: _Optional[_Union[Timestamp, _Mapping]] = ..., arrive_time: _Optional[_Union[Timestamp, _Mapping]] = ..., slot_number: _Optional[_Union[Slot, _Mapping]] = ..., slot_time: _Optional[_Union[Timestamp, _Mapping]] = ..., baker: _Optional[_Union[BakerId, _Mapping]] = ..., finalized: bool = ..., transaction_count: _Optional[int] = ..., transactions_energy_cost: _Optional[_Union[Energy, _Mapping]] = ..., transactions_size: _Optional[int] = ..., state_hash: _Optional[_Union[StateHash, _Mapping]] = ..., protocol_version: _Optional[_Union[ProtocolVersion, str]] = ..., round: _Optional[_Union[Round, _Mapping]] = ..., epoch: _Optional[_Union[Epoch, _Mapping]] = ...) -> None: ...

class ArrivedBlockInfo(_message.Message):
    __slots__ = ("hash", "height")
    HASH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    hash: BlockHash
    height: AbsoluteBlockHeight
    def __init__(self, hash: _Optional[_Union[BlockHash, _Mapping]] = ..., height: _Optional[_Union[AbsoluteBlockHeight, _Mapping]] = ...) -> None: ...

class FinalizedBlockInfo(_message.Message):
    __slots__ = ("hash", "height")
    HASH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    hash: BlockHash
    height: AbsoluteBlockHeight
    def __init__(self, hash: _Optional[_Union[BlockHash, _Mapping]] = ..., height: _Optional[_Union[AbsoluteBlockHeight, _Mapping]] = ...) -> None: ...

class BlocksAtHeightRequest(_message.Message):
    __slots__ = ("absolute", "relative")
    class Absolute(_message.Message):
        __slots__ = ("height",)
        HEIGHT_FIELD_NUMBER: _ClassVar[int]
        height: AbsoluteBlockHeight
        def __init__(self, height: _Optional[_Union[AbsoluteBlockHeight, _Mapping]] = ...) -> None: ...
    class Relative(_message.Message):
        __slots__ = ("genesis_index", "height", "restrict")
        GENESIS_INDEX_FIELD_NUMBER: _ClassVar[int]
        HEIGHT_FIELD_NUMBER: _ClassVar[int]
        RESTRICT_FIELD_NUMBER: _ClassVar[int]
        genesis_index: GenesisIndex
        height: BlockHeight
        restrict: bool
        def __init__(self, genesis_index: _Optional[_Union[GenesisIndex, _Mapping]] = ..., height: _Optional[_Union[BlockHeight, _Mapping]] = ..., restrict: bool = ...) -> None: ...
    ABSOLUTE_FIELD_NUMBER: _ClassVar[int]
    RELATIVE_FIELD_NUMBER: _ClassVar[int]
    absolute: BlocksAtHeightRequest.Absolute
    relative: BlocksAtHeightRequest.Relative
    def __init__(self, absolute: _Optional[_Union[BlocksAtHeightRequest.Absolute, _Mapping]] = ..., relative: _Optional[_Union[BlocksAtHeightRequest.Relative, _Mapping]] = ...) -> None: ...

class BlocksAtHeightResponse(_message.Message):
    __slots__ = ("blocks",)
    BLOCKS_FIELD_NUMBER: _ClassVar[int]
    blocks: _containers.RepeatedCompositeFieldContainer[BlockHash]
    def __init__(self, blocks: _Optional[_Iterable[_Union[BlockHash, _Mapping]]] = ...) -> None: ...

class BlockItemSummary(_message.Message):
    __slots__ = ("index", "energy_cost", "hash", "account_transaction", "account_creation")
    class TransactionIndex(_message.Message):
        __slots__ = ("value",)
        VALUE_FIELD_NUMBER: _ClassVar[int]
        value: int
        def __init__(self, value: _Optional[int] = ...) -> None: ...
    INDEX_FIELD_NUMBER: _ClassVar[int]
    ENERGY_COST_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_CREATION_FIELD_NUMBER: _ClassVar[int]
    index: BlockItemSummary.TransactionIndex
    energy_cost: Energy
    hash: TransactionHash
    account_transaction: AccountTransactionDetails
    account_creation: AccountCreationDetails
    def __init__(self, index: _Optional[_Union[BlockItemSummary.TransactionIndex, _Mapping]] = ..., energy_cost: _Optional[_Union[Energy, _Mapping]] = ..., hash: _Optional[_Union[TransactionHash, _Mapping]] = ..., account_transaction: _Optional[_Union[AccountTransactionDetails, _Mapping]] = ..., account_creation: _Optional[_Union[AccountCreationDetails, _Mapping]] = ...) -> None: ...

class AccountCreationDetails(_message.Message):
    __slots__ = ("credential_type", "address", "reg_id")
    CREDENTIAL_TYPE_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    REG_ID_FIELD_NUMBER: _ClassVar[int]
    credential_type: CredentialType
    address: AccountAddress
    reg_id: CredentialRegistrationId
    def __init__(self, credential_type: _Optional[_Union[CredentialType, str]] = ..., address: _Optional[_Union[AccountAddress, _Mapping]] = ..., reg_id: _Optional[_Union[CredentialRegistrationId, _Mapping]] = ...) -> None: ...

class AccountTransactionDetails(_message.Message):
    __slots__ = ("cost", "sender", "effects")
    COST_FIELD_NUMBER: _ClassVar[int]
    SENDER_FIELD_NUMBER: _ClassVar[int]
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    cost: Amount
    sender: AccountAddress
    effects: AccountTransactionEffects
    def __init__(self, cost: _Optional[_Union[Amount, _Mapping]] = ..., sender: _Optional[_Union[AccountAddress, _Mapping]] = ..., effects: _Optional[_Union[AccountTransactionEffects, _Mapping]] = ...) -> None: ...

class AccountTransactionEffects(_message.Message):
    __slots__ = ("credential_keys_updated", "credentials_updated")
    class CredentialsUpdated(_message.Message):
        __slots__ = ("new_cred_ids", "removed_cred_ids", "new_threshold")
        NEW_CRED_IDS_FIELD_NUMBER: _ClassVar[int]
        REMOVED_CRED_IDS_FIELD_NUMBER: _ClassVar[int]
        NEW_THRESHOLD_FIELD_NUMBER: _ClassVar[int]
        new_cred_ids: _containers.RepeatedCompositeFieldContainer[CredentialRegistrationId]
        removed_cred_ids: _containers.RepeatedCompositeFieldContainer[CredentialRegistrationId]
        new_threshold: AccountThreshold
        def __init__(self, new_cred_ids: _Optional[_Iterable[_Union[CredentialRegistrationId, _Mapping]]] = ..., removed_cred_ids: _Optional[_Iterable[_Union[CredentialRegistrationId, _Mapping]]] = ..., new_threshold: _Optional[_Union[AccountThreshold, _Mapping]] = ...) -> None: ...
    CREDENTIAL_KEYS_UPDATED_FIELD_NUMBER: _ClassVar[int]
    CREDENTIALS_UPDATED_FIELD_NUMBER: _ClassVar[int]
    credential_keys_updated: CredentialRegistrationId
    credentials_updated: AccountTransactionEffects.CredentialsUpdated
    def __init__(self, credential_keys_updated: _Optional[_Union[CredentialRegistrationId, _Mapping]] = ..., credentials_updated: _Optional[_Union[AccountTransactionEffects.CredentialsUpdated, _Mapping]] = ...) -> None: ...

class BlockItemSummaryInBlock(_message.Message):
    __slots__ = ("block_hash", "outcome")
    BLOCK_HASH_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    block_hash: BlockHash
    outcome: BlockItemSummary
    def __init__(self, block_hash: _Optional[_Union[BlockHash, _Mapping]] = ..., outcome: _Optional[_Union[BlockItemSummary, _Mapping]] = ...) -> None: ...

class BlockItemStatus(_message.Message):
    __slots__ = ("received", "committed", "finalized")
    class Committed(_message.Message):
        __slots__ = ("outcomes",)
        OUTCOMES_FIELD_NUMBER: _ClassVar[int]
        outcomes: _containers.RepeatedCompositeFieldContainer[BlockItemSummaryInBlock]
        def __init__(self, outcomes: _Optional[_Iterable[_Union[BlockItemSummaryInBlock, _Mapping]]] = ...) -> None: ...
    class Finalized(_message.Message):
        __slots__ = ("outcome",)
        OUTCOME_FIELD_NUMBER: _ClassVar[int]
        outcome: BlockItemSummaryInBlock
        def __init__(self, outcome: _Optional[_Union[BlockItemSummaryInBlock, _Mapping]] = ...) -> None: ...
    RECEIVED_FIELD_NUMBER: _ClassVar[int]
    COMMITTED_FIELD_NUMBER: _ClassVar[int]
    FINALIZED_FIELD_NUMBER: _ClassVar[int]
    received: Empty
    committed: BlockItemStatus.Committed
    finalized: BlockItemStatus.Finalized
    def __init__(self, received: _Optional[_Union[Empty, _Mapping]] = ..., committed: _Optional[_Union[BlockItemStatus.Committed, _Mapping]] = ..., finalized: _Optional[_Union[BlockItemStatus.Finalized, _Mapping]] = ...) -> None: ...

class Description(_message.Message):
    __slots__ = ("name", "url", "description")
    NAME_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    name: str
    url: str
    description: str
    def __init__(self, name: _Optional[str] = ..., url: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class IpInfo(_message.Message):
    __slots__ = ("identity", "description", "verify_key", "cdi_verify_key")
    class IpVerifyKey(_message.Message):
        __slots__ = ("value",)
        VALUE_FIELD_NUMBER: _ClassVar[int]
        value: bytes
        def __init__(self, value: _Optional[bytes] = ...) -> None: ...
    class IpCdiVerifyKey(_message.Message):
        __slots__ = ("value",)
        VALUE_FIELD_NUMBER: _ClassVar[int]
        value: bytes
        def __init__(self, value: _Optional[bytes] = ...) -> None: ...
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    VERIFY_KEY_FIELD_NUMBER: _ClassVar[int]
    CDI_VERIFY_KEY_FIELD_NUMBER: _ClassVar[int]
    identity: IpIdentity
    description: Description
    verify_key: IpInfo.IpVerifyKey
    cdi_verify_key: IpInfo.IpCdiVerifyKey
    def __init__(self, identity: _Optional[_Union[IpIdentity, _Mapping]] = ..., description: _Optional[_Union[Description, _Mapping]] = ..., verify_key: _Optional[_Union[IpInfo.IpVerifyKey, _Mapping]] = ..., cdi_verify_key: _Optional[_Union[IpInfo.IpCdiVerifyKey, _Mapping]] = ...) -> None: ...

class PeerId(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: str
    def __init__(self, value: _Optional[str] = ...) -> None: ...

class NodeInfo(_message.Message):
    __slots__ = ("peer_version", "local_time", "peer_uptime", "network_info", "bootstrapper", "node")
    class NetworkInfo(_message.Message):
        __slots__ = ("node_id", "peer_total_sent", "peer_total_received", "avg_bps_in", "avg_bps_out")
        NODE_ID_FIELD_NUMBER: _ClassVar[int]
        PEER_TOTAL_SENT_FIELD_NUMBER: _ClassVar[int]
        PEER_TOTAL_RECEIVED_FIELD_NUMBER: _ClassVar[int]
        AVG_BPS_IN_FIELD_NUMBER: _ClassVar[int]
        AVG_BPS_OUT_FIELD_NUMBER: _ClassVar[int]
        node_id: PeerId
        peer_total_sent: int
        peer_total_received: int
        avg_bps_in: int
        avg_bps_out: int
        def __init__(self, node_id: _Optional[_Union[PeerId, _Mapping]] = ..., peer_total_sent: _Optional[int] = ..., peer_total_received: _Optional[int] = ..., avg_bps_in: _Optional[int] = ..., avg_bps_out: _Optional[int] = ...) -> None: ...
    class BakerConsensusInfo(_message.Message):
        __slots__ = ()
        def __init__(self) -> None: ...
    class Node(_message.Message):
        __slots__ = ("not_running", "passive", "active")
        NOT_RUNNING_FIELD_NUMBER: _ClassVar[int]
        PASSIVE_FIELD_NUMBER: _ClassVar[int]
        ACTIVE_FIELD_NUMBER: _ClassVar[int]
        not_running: Empty
        passive: Empty
        active: NodeInfo.BakerConsensusInfo
        def __init__(self, not_running: _Optional[_Union[Empty, _Mapping]] = ..., passive: _Optional[_Union[Empty, _Mapping]] = ..., active: _Optional[_Union[NodeInfo.BakerConsensusInfo, _Mapping]] = ...) -> None: ...
    PEER_VERSION_FIELD_NUMBER: _ClassVar[int]
    LOCAL_TIME_FIELD_NUMBER: _ClassVar[int]
    PEER_UPTIME_FIELD_NUMBER: _ClassVar[int]
    NETWORK_INFO_FIELD_NUMBER: _ClassVar[int]
    BOOTSTRAPPER_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    peer_version: str
    local_time: Timestamp
    peer_uptime: Duration
    network_info: NodeInfo.NetworkInfo
    bootstrapper: Empty
    node: NodeInfo.Node
    def __init__(self, peer_version: _Optional[str] = ..., local_time: _Optional[_Union[Timestamp, _Mapping]] = ..., peer_uptime: _Optional[_Union[Duration, _Mapping]] = ..., network_info: _Optional[_Union[NodeInfo.NetworkInfo, _Mapping]] = ..., bootstrapper: _Optional[_Union[Empty, _Mapping]] = ..., node: _Optional[_Union[NodeInfo.Node, _Mapping]] = ...) -> None: ...
