// Credential IDs by the official SDK's WASM, as its wallets compute them. Input on standard input:
// {"seed": hex, "commitmentKey": hex, "counters": [...], "rounds": n}.
// Output: {"prfKey": hex, "ids": [hex], "cpu": seconds of processor a round}.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../interop/node_modules/', import.meta.url));
const { ConcordiumHdWallet } = require('@concordium/web-sdk');

const ask = JSON.parse(readFileSync(0, 'utf-8'));
const wallet = ConcordiumHdWallet.fromHex(ask.seed, 'Mainnet');
const parameters = { onChainCommitmentKey: ask.commitmentKey };
const once = () => ask.counters.map((counter) => wallet.getCredentialId(0, 0, counter, parameters).toString('hex'));
const ids = once();
const cpu = [];
for (let round = 0; round < ask.rounds; round += 1) {
    const before = process.cpuUsage();
    once();
    const spent = process.cpuUsage(before);
    cpu.push((spent.user + spent.system) / 1e6);
}
process.stdout.write(JSON.stringify({ prfKey: wallet.getPrfKey(0, 0).toString('hex'), ids, cpu }));
