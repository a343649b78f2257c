import type { ProjectAccessKey, UnsignedRequest } from '../../../src/huawei/sdkSignature.js';

const key: ProjectAccessKey = {
  accessKey: 'SIGNATURETESTKEY0001',
  secretKey: 'canary-secret-key-of-the-signature-test',
  projectId: '01234567890123456789012345678901',
};
const origin = 'https://rtc-api.myhuaweicloud.com';
const headers = { 'content-type': 'application/json' };

/** The time of all signatures: 2026-11-29 01:02:03 UTC. */
export const SIGNED_AT = Date.UTC(2026, 10, 29, 1, 2, 3);

/** Requests, and the signature that the vendor's SDK for Python gives them (huaweicloudsdkcore). */
export const SIGNED_REQUESTS: { name: string; key: ProjectAccessKey; request: UnsignedRequest; signature: string }[] =
  [
    {
      name: 'a list with a query',
      key,
      request: { method: 'GET', url: `${origin}/v2/apps`, query: { offset: 0, limit: 1 }, headers },
      signature: 'ef6259783c4855c77b7670de98eef69f6aeb213a5e5c7029dd2807230bd7b282',
    },
    {
      name: 'a body',
      key,
      request: { method: 'POST', url: `${origin}/v2/apps`, headers, body: '{"app_name":"Räume"}' },
      signature: '9a3383bb56054e88d776068700458e00e27b6822f173ee67e48b52eddeb57095',
    },
    {
      name: 'a temporary key',
      key: { ...key, securityToken: 'canary-security-token' },
      request: { method: 'DELETE', url: `${origin}/v2/apps/app/individual-stream-jobs/job`, headers },
      signature: 'fd9c4a49e8c39140e83cca45ed99e0f888912c4f2f32e316feb8befc209d396c',
    },
    {
      name: 'escapes in path and query, and another port',
      key,
      request: {
        method: 'GET',
        url: `http://127.0.0.1:8480/rtc/v2/a%20b!'()*~/c`,
        query: { uid: "a b,ü!'()*~", app: 'x/y' },
        headers,
      },
      signature: '8799ab259cbe093f9fb1584c0e2dd1a52746bdc1bf1e997aca26bc2eaadd065d',
    },
  ];
