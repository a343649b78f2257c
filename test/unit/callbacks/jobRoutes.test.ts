import { expect, it } from 'vitest';
import { Owners, type Route } from '../../../src/callbacks/routing.js';

const CAMERA = 'recording:app:room:user:camera';
const SCREEN = 'recording:app:room:user:screen';
const both: Route = { kind: 'workflows', ids: [CAMERA, SCREEN] };

it.each<[string, string[], string[]]>([
  ['one workflow had it: the next goes there', [CAMERA], [CAMERA]],
  ['both had it: the next goes to both', [CAMERA, SCREEN], [CAMERA, SCREEN]],
  ['none had it: the next goes to both', [], [CAMERA, SCREEN]],
])('%s', (_what, takers, ids) => {
  const owners = new Owners();
  expect(owners.narrow(both, { jobId: 'j' })).toEqual(both);
  owners.learn({ jobId: 'j' }, takers);
  expect(owners.narrow(both, { jobId: 'j' })).toEqual({ kind: 'workflows', ids });
});

it('knows of this job only, and forgets when its workflow is gone', () => {
  const owners = new Owners();
  owners.learn({ jobId: 'j' }, [SCREEN]);
  expect(owners.narrow(both, { jobId: 'other' })).toEqual(both);
  expect(owners.narrow(both, {})).toEqual(both);
  const elsewhere: Route = { kind: 'workflows', ids: ['recording:app:room2:user:camera'] };
  expect(owners.narrow(elsewhere, { jobId: 'j' })).toEqual(elsewhere);
  owners.learn({ jobId: 'j' }, []);
  expect(owners.narrow(both, { jobId: 'j' })).toEqual(both);
});

it('keeps a bounded number, the latest', () => {
  const owners = new Owners(2);
  for (const jobId of ['a', 'b', 'a', 'c']) owners.learn({ jobId }, [CAMERA]);
  const known = ['a', 'b', 'c'].filter((jobId) => owners.narrow(both, { jobId }) !== both);
  expect(known).toEqual(['a', 'c']);
});
