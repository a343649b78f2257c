import { describe, expect, it } from 'vitest';
import { isSatisfied } from '../../../scripts/setup/dependencies.mjs';

const a = { version: '1.0.0', integrity: 'sha512-a' };
const wanted = {
  packages: { '': { version: '0.1.0' }, 'node_modules/a': a, 'node_modules/darwin-only': { ...a, optional: true } },
};

describe('node_modules holds what package-lock.json asks for', () => {
  it.each([
    ['all is there', { 'node_modules/a': a, 'node_modules/darwin-only': a }, true],
    ['a package of another platform is not', { 'node_modules/a': a }, true],
    ['a package is not', {}, false],
    ['a package has another version', { 'node_modules/a': { ...a, version: '1.0.1' } }, false],
    ['a package has other content', { 'node_modules/a': { ...a, integrity: 'sha512-b' } }, false],
  ])('%s: %#', (_case, packages, satisfied) => {
    expect(isSatisfied(wanted, { packages })).toBe(satisfied);
  });
});
