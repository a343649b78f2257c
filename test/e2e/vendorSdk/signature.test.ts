import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findPython } from '../../../scripts/setup.mjs';
import { signedHeaders } from '../../../src/huawei/sdkSignature.js';
import { SIGNED_AT, SIGNED_REQUESTS } from '../../unit/huawei/signedRequests.js';

const script = fileURLToPath(new URL('sign.py', import.meta.url));
const python = findPython('tools/requirements-checks.txt', "the comparison of signatures with the vendor's SDK");

const inLowerCase = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

describe.skipIf(!python)("the vendor's SDK", { timeout: 120_000 }, () => {
  it('gives the same requests the same headers and signatures', () => {
    const requests = SIGNED_REQUESTS.map(({ key, request: { method, url, query = {}, body } }) => {
      const { host, pathname } = new URL(url);
      return { key, method, host, path: decodeURIComponent(pathname), query, body, date: '20261129T010203Z' };
    });
    const output = execFileSync(python!, ['-X', 'utf8', script], { input: JSON.stringify(requests) });
    const theirs = JSON.parse(output.toString()) as Record<string, string>[];
    expect(SIGNED_REQUESTS.map(({ key, request }) => inLowerCase(signedHeaders(request, key, SIGNED_AT)))).toEqual(
      theirs.map(inLowerCase),
    );
    expect(theirs.map((headers) => headers['Authorization']?.split('Signature=')[1])).toEqual(
      SIGNED_REQUESTS.map(({ signature }) => signature),
    );
  });
});
