import type { Deployment } from '../deployment.js';
import type { Figure } from '../figures.js';

/** How many requests to the bucket a recording makes at least: one whose file comes late looks again. */
async function requestsFor({ vendor, record }: Deployment, room: string): Promise<number> {
  const counts: number[] = [];
  for (let index = 1; index <= 3; index++) {
    const before = vendor.requests.length;
    await (await record(`${room}-${index}`)).result();
    const { length } = vendor.requests
      .slice(before)
      .filter(({ method, path }) => method === 'GET' && path.startsWith('/obsName'));
    counts.push(length);
  }
  return Math.min(...counts);
}

/** Whether the cost of a listing grows with what others keep in the bucket. */
export async function measureListing(deployment: Deployment, keys: number): Promise<Figure> {
  const few = await requestsFor(deployment, 'listing-few');
  for (let index = 0; index < keys; index++) {
    // Of other rooms, under the folders that a listing has to walk.
    deployment.vendor.putObject('obsName', `Record/others/room-${index % 1_000}/${index}.mp4`, { size: 1 });
  }
  const many = await requestsFor(deployment, 'listing-many');
  return {
    what: `requests to list one stream among ${keys.toLocaleString('en')} keys`,
    reference: 'in a bucket of some ten',
    ours: String(many),
    theirs: String(few),
    target: 'the same',
    met: many === few,
  };
}
