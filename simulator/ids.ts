import { randomBytes, randomInt } from 'node:crypto';

/** Lower-case hex of so many bytes, or digits that fit into a JSON number. */
export function newId(bytes: number, numeric: boolean): string {
  return numeric ? String(randomInt(1e11, 2 ** 47)) : randomBytes(bytes).toString('hex');
}

/** The domain name of an application, which is also the variable `{publish_domain}` of its object keys. */
export function publishDomain(appId: string): string {
  return `${appId}.SparkRTC.myhuaweicloud.com`;
}
