// Readers of wallet files that are not ours. Input: {"reader", "file": text, "password"}. Output: {"content": JSON}.
// "node": node's own crypto with the documented parameters. "sdk": the official SDK's reader of Mobile Wallet exports.
import { createDecipheriv, pbkdf2Sync } from 'node:crypto';
import { readFileSync } from 'node:fs';

const bytes = (text) => Buffer.from(text, 'base64');

function withNode(file, password) {
    const { cipherText, metadata } = JSON.parse(file);
    const key = pbkdf2Sync(password, bytes(metadata.salt), metadata.iterations, 32, 'sha256');
    const decipher = createDecipheriv('aes-256-cbc', key, bytes(metadata.initializationVector));
    return JSON.parse(Buffer.concat([decipher.update(bytes(cipherText)), decipher.final()]).toString('utf8'));
}

async function withSdk(file, password) {
    const { decryptMobileWalletExport } = await import('@concordium/web-sdk/nodejs');
    return decryptMobileWalletExport(JSON.parse(file), password);
}

const { reader, file, password } = JSON.parse(readFileSync(0, 'utf8'));
const content = await (reader === 'sdk' ? withSdk : withNode)(file, password);
process.stdout.write(JSON.stringify({ content }));
