import { expect, it } from 'vitest';
import { JobRoutes, type Route } from '../../../src/callbacks/routing.js';

const CAMERA = 'recording:app:room:user:camera';
const SCREEN = 'recording:app:room:user:screen';
const both: Route = { kind: 'workflows', ids: [CAMERA, SCREEN] };

it.each<[string, string[], string[]]>([
  ['one workflow had it: the next goes there', [CAMERA], [CAMERA]],
  ['both had it: the next goes to both', [CAMERA, SCREEN], [CAMERA, SCREEN]],
  ['none had it: the next goes to both', [], [CAMERA, SCREEN]],
])('%s', (_what, takers, ids) => {
  const routes = new JobRoutes();
  expect(routes.resolve(both, { jobId: 'j' })).toEqual(both);
  routes.remember({ jobId: 'j' }, takers);
  expect(routes.resolve(both, { jobId: 'j' })).toEqual({ kind: 'workflows', ids });
});

it('knows of this job only, and forgets when its workflow is gone', () => {
  const routes = new JobRoutes();
  routes.remember({ jobId: 'j' }, [SCREEN]);
  expect(routes.resolve(both, { jobId: 'other' })).toEqual(both);
  expect(routes.resolve(both, {})).toEqual(both);
  const elsewhere: Route = { kind: 'workflows', ids: ['recording:app:room2:user:camera'] };
  expect(routes.resolve(elsewhere, { jobId: 'j' })).toEqual(elsewhere);
  routes.remember({ jobId: 'j' }, []);
  expect(routes.resolve(both, { jobId: 'j' })).toEqual(both);
});

it('keeps a bounded number, the latest', () => {
  const routes = new JobRoutes(2);
  for (const jobId of ['a', 'b', 'a', 'c']) routes.remember({ jobId }, [CAMERA]);
  const known = ['a', 'b', 'c'].filter((jobId) => routes.resolve(both, { jobId }) !== both);
  expect(known).toEqual(['a', 'c']);
});
