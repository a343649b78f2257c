import { expect, it } from 'vitest';
import { signedHeaders } from '../../../src/huawei/sdkSignature.js';
import { SIGNED_AT, SIGNED_REQUESTS } from './signedRequests.js';

it.each(SIGNED_REQUESTS)("signs $name as the vendor's SDK does", ({ key, request, signature }) => {
  const { Authorization = '', ...headers } = signedHeaders(request, key, SIGNED_AT);
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'X-Sdk-Date': '20261129T010203Z',
    'X-Project-Id': key.projectId,
    Host: new URL(request.url).host,
  });
  expect(headers['X-Security-Token']).toBe(key.securityToken);
  const names = Object.keys(headers)
    .map((name) => name.toLowerCase())
    .sort()
    .join(';');
  expect(Authorization).toBe(
    `SDK-HMAC-SHA256 Access=${key.accessKey}, ` + `SignedHeaders=${names}, Signature=${signature}`,
  );
});
