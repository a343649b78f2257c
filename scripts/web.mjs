// @ts-check
/**
 * `npm run test:web`: recordings in Temporal's web page, as a person sees them in a browser. `-- --pictures` takes the pictures of docs/images anew;
 * otherwise they go to .cache/webpage.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runScript } from './runScript.mjs';
import { cacheDirectory, projectDirectory } from './setup/paths.mjs';
import { runVitest } from './vitestRun.mjs';

await runScript(async () => {
  const { values } = parseArgs({ options: { pictures: { type: 'boolean', default: false } } });
  const pictures = values.pictures ? join(projectDirectory, 'docs', 'images') : join(cacheDirectory, 'webpage');
  return runVitest('web', { WEB_PICTURES: pictures });
});
