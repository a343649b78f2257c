// @ts-check
/** `npm run schemas`: writes schemas/, the JSON Schemas of what a recording is started with and ends with. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runScript } from './runScript.mjs';
import { ensureBuild } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { projectDirectory } from './setup/paths.mjs';

await runScript(async () => {
  await ensureDependencies();
  await ensureBuild();
  // Only now, because they are installed and built.
  const { jsonSchemas, schemasDirectory } = await import('./schemas/jsonSchemas.mjs');
  /** @type {unknown} */
  const built = await import(pathToFileURL(join(projectDirectory, 'dist', 'client.js')).href);
  const client = /** @type {Parameters<typeof jsonSchemas>[0]} */ (built);
  await mkdir(schemasDirectory, { recursive: true });
  for (const [name, text] of Object.entries(await jsonSchemas(client)))
    await writeFile(join(schemasDirectory, name), text);
  return 0;
});
