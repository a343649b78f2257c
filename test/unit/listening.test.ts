import { expect, it } from 'vitest';
import { everyAddress, isListenAddress, resolveListenAddress } from '../../src/listening.js';

const everything = everyAddress() === '::' ? '[::]' : '0.0.0.0';

it.each([
  ['127.0.0.1:9464', /^127\.0\.0\.1:9464$/],
  ['0.0.0.0:9464', /^0\.0\.0\.0:9464$/],
  ['[::1]:9464', /^\[::1\]:9464$/],
  ['localhost:9464', /^(127\.0\.0\.1|\[::1\]):9464$/],
])('resolves %s to an IP address', async (address, resolved) => {
  expect(isListenAddress(address)).toBe(true);
  expect(await resolveListenAddress(address)).toMatch(resolved);
});

it('takes all addresses without a host', async () => {
  expect(isListenAddress(':9464')).toBe(true);
  expect(await resolveListenAddress(':9464')).toBe(`${everything}:9464`);
});

it('fails for a host that does not exist', async () => {
  await expect(resolveListenAddress('no-such-host.invalid:9464')).rejects.toThrow('no-such-host.invalid');
});
