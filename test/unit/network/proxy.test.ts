import { describe, expect, it } from 'vitest';
import { authorityOf, proxyCredentials, proxyFor, proxyProblems } from '../../../src/network/proxy.js';

const PROXY = 'http://proxy.example.com:3128';
const through = (target: string, environment: Record<string, string>) => proxyFor(new URL(target), environment)?.host;

describe('the proxy', () => {
  it.each([
    ['https://a.com', { HTTPS_PROXY: PROXY }, 'proxy.example.com:3128'],
    ['https://a.com', { https_proxy: PROXY }, 'proxy.example.com:3128'],
    ['https://a.com', { https_proxy: 'http://lower', HTTPS_PROXY: PROXY }, 'lower'],
    ['https://a.com', { https_proxy: '', HTTPS_PROXY: PROXY }, 'proxy.example.com:3128'],
    ['https://a.com', { HTTPS_PROXY: 'proxy:3128' }, 'proxy:3128'],
    ['https://a.com', { HTTPS_PROXY: 'http://[::1]:3128' }, '[::1]:3128'],
    ['https://a.com', { HTTP_PROXY: PROXY }, undefined],
    ['http://a.com', { HTTP_PROXY: PROXY }, 'proxy.example.com:3128'],
    ['http://a.com', { HTTPS_PROXY: PROXY }, undefined],
    ['https://a.com', {}, undefined],
  ])('of %s with %j is %s', (target, environment, host) => {
    expect(through(target, environment)).toBe(host);
  });

  it.each([
    ['*', true],
    ['a.com', true],
    ['.a.com', true],
    ['*.a.com', true],
    ['A.COM', true],
    ['b.org, a.com', true],
    ['b.org a.com', true],
    ['a.com:443', true],
    ['a.com:8443', false],
    ['x.a.com', true],
    ['com.', false],
    ['.com.au', false],
    ['', false],
  ])('is left out for https://x.a.com with NO_PROXY=%s: %s', (list, exempt) => {
    for (const name of ['NO_PROXY', 'no_proxy']) {
      expect(through('https://x.a.com', { HTTPS_PROXY: PROXY, [name]: list }) === undefined).toBe(exempt);
    }
    expect(through('https://xa.com.org', { HTTPS_PROXY: PROXY, NO_PROXY: 'a.com' })).toBeDefined();
  });

  it.each([
    ['10.1.2.3', '10.0.0.0/8', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.0.0.0/99', false],
    ['10.1.2.3', 'fd00::/8', false],
    ['[fd00::1]', 'fd00::/8', true],
    ['[fd00::1]', '[fd00::1]', true],
    ['[fd00::1]', 'fd00::1', true],
    ['[fd00::1]', '[fd00::1]:443', true],
    ['a.com', '10.0.0.0/8', false],
  ])('is left out for %s with NO_PROXY=%s: %s', (host, list, exempt) => {
    expect(through(`https://${host}`, { HTTPS_PROXY: PROXY, NO_PROXY: list }) === undefined).toBe(exempt);
  });
});

it.each(['https://canary:canary@proxy:3128', 'socks5://canary@proxy', 'http://canary canary'])(
  'is rejected by its name: %s',
  (value) => {
    for (const name of ['HTTPS_PROXY', 'http_proxy']) {
      const problems = proxyProblems({ [name]: value });
      expect(problems).toEqual([
        `${name.toUpperCase()} must be an http:// URL, such as http://proxy.example.com:3128`,
      ]);
    }
  },
);

it('has decoded credentials, and the port of the scheme', () => {
  expect(proxyCredentials(new URL('http://user:p%40ss@proxy'))).toEqual({ username: 'user', password: 'p@ss' });
  expect(proxyCredentials(new URL(PROXY))).toBeUndefined();
  expect(['https://a.com', 'http://a.com', 'https://a.com:7233'].map((url) => authorityOf(new URL(url)))).toEqual([
    'a.com:443',
    'a.com:80',
    'a.com:7233',
  ]);
});
