// npm's @ledgerhq/hw-transport-node-speculos-http as a client of a REST API, on a two-button model.
// Input: {"base", "api_port", "quick", "approve", "decline"} (APDUs in hex). Output: what it got and what it saw.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { default: Speculos, SpeculosButton } = require('@ledgerhq/hw-transport-node-speculos-http');

const ask = JSON.parse(readFileSync(0, 'utf-8'));
const transport = await Speculos.open({ baseURL: ask.base, apiPort: String(ask.api_port) });
const seen = [];
const waiting = [];
let at = 0;
transport.automationEvents.subscribe(({ text }) => {
    seen.push(text);
    for (const look of waiting.splice(0)) look();
});

// Wait for a text that comes after the last one waited for: the stream may still bring what was shown before.
async function shown(text) {
    let found;
    while ((found = seen.indexOf(text, at)) < 0) await new Promise((resolve) => waiting.push(resolve));
    at = found + 1;
}

async function send(hex) {
    const raw = Buffer.from(hex, 'hex');
    const [cla, ins, p1, p2] = raw;
    const data = raw.subarray(5);
    try {
        return (await transport.send(cla, ins, p1, p2, data)).toString('hex');
    } catch (error) {
        return { name: error.name, status: error.statusCode?.toString(16) };
    }
}

async function decide(hex, choice) {
    const answer = send(hex);
    await shown('Recover credentials');
    const start = at - 1;
    for (const page of choice === 'Accept' ? ['Accept'] : ['Accept', 'Decline']) {
        await transport.button(SpeculosButton.RIGHT);
        await shown(page);
    }
    await transport.button(SpeculosButton.BOTH);
    await shown('is ready');
    return { answer: await answer, texts: seen.slice(start, at) };
}

const result = {
    quick: await send(ask.quick),
    approved: await decide(ask.approve, 'Accept'),
    declined: await decide(ask.decline, 'Decline'),
};
await transport.close();
process.stdout.write(JSON.stringify(result), () => process.exit(0));
