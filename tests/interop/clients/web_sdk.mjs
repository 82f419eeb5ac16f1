// The official Concordium SDK as a client of a node: it asks what standard input says and prints what it understood.
// Input: {"host", "port", "certificate": PEM or null, "block": hex or null, "lookups": [[kind, text], ...]};
// kind is "credential" (hex), "address" (base58) or "index". Output: one JSON object. A refusal is {"refused": CODE}.
import { readFileSync } from 'node:fs';
import { credentials } from '@grpc/grpc-js';
import { AccountAddress, BlockHash, CredentialRegistrationId } from '@concordium/web-sdk';
import { ConcordiumGRPCNodeClient } from '@concordium/web-sdk/nodejs';

const TIMEOUT_MS = 20_000;
const IDENTIFIERS = { index: BigInt, address: AccountAddress.fromBase58, credential: CredentialRegistrationId.fromHexString };

const orRefusal = (asked) => asked.catch((error) => {
    if (error.name !== 'RpcError') throw error;
    return { refused: error.code };
});

function consensus(info) {
    return {
        best_block: info.bestBlock.toString(),
        best_height: info.bestBlockHeight,
        genesis: info.genesisBlock.toString(),
        genesis_time: info.genesisTime.getTime(),
        final_block: info.lastFinalizedBlock.toString(),
        final_height: info.lastFinalizedBlockHeight,
        protocol: info.protocolVersion,
        consensus: info.version === 0 ? 'slots' : 'rounds',
    };
}

function block(info) {
    return {
        hash: info.blockHash.toString(),
        parent: info.blockParent.toString(),
        height: info.blockHeight,
        slot_time: info.blockSlotTime.getTime(),
        finalized: info.finalized,
        protocol: info.protocolVersion,
        consensus: info.version === 0 ? 'slots' : 'rounds',
    };
}

function credential({ value: { type, contents } }) {
    return {
        type,
        cred_id: type === 'initial' ? contents.regId : contents.credId,
        provider: contents.ipIdentity,
        threshold: contents.credentialPublicKeys.threshold,
        keys: Object.fromEntries(
            Object.entries(contents.credentialPublicKeys.keys).map(([index, key]) => [index, key.verifyKey]),
        ),
        created_at: contents.policy.createdAt,
        valid_to: contents.policy.validTo,
        attributes: Object.values(contents.policy.revealedAttributes).sort(),
    };
}

function stake(info) {
    if (info.type === 'baker') {
        const { stakedAmount, bakerId, restakeEarnings, isSuspended } = info.accountBaker;
        return { kind: 'validator', amount: stakedAmount.microCcdAmount, id: bakerId, restake: restakeEarnings, isSuspended };
    }
    if (info.type === 'delegator') {
        const { stakedAmount, delegationTarget, restakeEarnings } = info.accountDelegation;
        const target = delegationTarget.bakerId ?? null;
        return { kind: 'delegator', amount: stakedAmount.microCcdAmount, target, restake: restakeEarnings };
    }
    return info.type === 'simple' ? null : { kind: info.type };
}

function account(info) {
    return {
        address: info.accountAddress.toString(),
        index: info.accountIndex,
        nonce: info.accountNonce.value,
        threshold: info.accountThreshold,
        amount: info.accountAmount.microCcdAmount,
        available: info.accountAvailableBalance.microCcdAmount,
        encryption_key: info.accountEncryptionKey,
        releases: info.accountReleaseSchedule.schedule.map((r) => [r.timestamp.getTime(), r.amount.microCcdAmount]),
        locked: info.accountReleaseSchedule.total.microCcdAmount,
        cooldowns: info.accountCooldowns.map((c) => [c.timestamp.value, c.amount.microCcdAmount, c.status]),
        credentials: Object.fromEntries(
            Object.entries(info.accountCredentials).map(([index, held]) => [index, credential(held)]),
        ),
        stake: stake(info),
    };
}

async function collect(stream) {
    const items = [];
    for await (const item of stream) items.push(item.toString());
    return items.sort();
}

const ask = JSON.parse(readFileSync(0, 'utf-8'));
const trust = ask.certificate ? credentials.createSsl(Buffer.from(ask.certificate)) : credentials.createInsecure();
const client = new ConcordiumGRPCNodeClient(ask.host, ask.port, trust, { timeout: TIMEOUT_MS });
const status = await client.getConsensusStatus();
const at = ask.block ? BlockHash.fromHexString(ask.block) : status.lastFinalizedBlock;
const answers = {
    consensus: consensus(status),
    parameters: await orRefusal(client.getCryptographicParameters(at)),
    block: await orRefusal(client.getBlockInfo(at).then(block)),
    accounts: await orRefusal(collect(client.getAccountList(at))),
    lookups: [],
};
for (const [kind, text] of ask.lookups) {
    answers.lookups.push(await orRefusal(client.getAccountInfo(IDENTIFIERS[kind](text), at).then(account)));
}
const plain = (_, value) => (typeof value === 'bigint' ? Number(value) : value);
process.stdout.write(JSON.stringify(answers, plain), () => process.exit(0));
