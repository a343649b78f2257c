// @ts-check
/**
 * `npm run bench`: what a recording costs, each figure beside its reference on the same server; writes bench/results.json and docs/performance.md.
 * `-- --quick` is the short run, which writes nothing; both end with 1 where a target is missed by more than the noise. `-- --smoke` only shows that
 * everything runs, and judges nothing. `-- --only receiver` measures one part again (may be given several times). `-- --profile` draws flame graphs of worker
 * and receiver under load, and says what is at their top.
 */
import { constants } from 'node:os';
import { join } from 'node:path';
import { startChild } from './children.mjs';
import { runScript } from './runScript.mjs';
import { ensureBuild } from './setup/build.mjs';
import { runCommand } from './setup/command.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { cacheDirectory, projectDirectory } from './setup/paths.mjs';
import { ensureTemporalCli } from './setup/temporalCli.mjs';

const COMPILE_TIMEOUT_MS = 2 * 60_000;

await runScript(async () => {
  await ensureDependencies();
  const [temporalCli] = await Promise.all([ensureTemporalCli(), ensureBuild()]);
  const tsc = join(projectDirectory, 'node_modules', 'typescript', 'bin', 'tsc');
  await runCommand(process.execPath, [tsc, '-p', 'bench/tsconfig.json'], {
    cwd: projectDirectory,
    timeoutMs: COMPILE_TIMEOUT_MS,
  });
  const main = join(cacheDirectory, 'bench', 'bench', 'main.js');
  const bench = startChild(process.execPath, [main, ...process.argv.slice(2)], {
    cwd: projectDirectory,
    stdio: 'inherit',
    env: { ...process.env, BENCH_TEMPORAL_CLI: temporalCli },
  });
  return new Promise((resolve, reject) => {
    bench.once('error', reject);
    bench.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
});
