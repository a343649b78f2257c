import { describe, it } from 'vitest';
import { identified } from './identified.js';
import { SINGLE } from './switches.js';

describe.concurrent('a simulator with one switch in another position', () => {
  it.for(SINGLE)('is identified: %j', async (positions) => void (await identified(positions)));
});
