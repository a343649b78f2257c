// @ts-check
/** `npm run demo`: the vendor's example, live, with all that it needs on this machine; `--exit` ends after it. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runProcess, runScript } from './processes.mjs';
import { ensureBuild, ensurePackages, loadTypeScript, projectDirectory, temporalCli } from './setup.mjs';

/** Of the recording in examples/vendor-example.json. */
const RECORDING = 'recording:rtctest:room001:user001:camera';

await runScript(async () => {
  const { values } = parseArgs({ options: { exit: { type: 'boolean', default: false } } });
  ensurePackages();
  ensureBuild();
  await loadTypeScript();
  const { startServices } = await import('./services.js');
  console.log('\nServices');
  const { webUi, environment, whileRunning } = await startServices(temporalCli());

  /** @param {string[]} args */
  async function recorder(...args) {
    console.log(`\n$ sparkrtc-recorder ${args.join(' ')}`);
    const cli = join(projectDirectory, 'dist', 'cli.js');
    const options = { cwd: projectDirectory, env: environment };
    return whileRunning(runProcess(process.execPath, [cli, ...args], options));
  }
  const started = await recorder('start', '--input', 'examples/vendor-example.json');
  const code = started || (await recorder('watch', '--id', RECORDING));

  const shown = code || (await recorder('files', '--id', RECORDING, '--links'));

  if (!values.exit && !shown) console.log('\nOpen the link in a browser to play the recording.');
  console.log('\nEvery step, with its input, its result and its retries:');
  console.log(`  ${webUi}/namespaces/default/workflows/${encodeURIComponent(RECORDING)}`);
  if (values.exit) return shown;
  console.log('\nCtrl-C ends it all.');
  return whileRunning(new Promise(() => undefined));
});
