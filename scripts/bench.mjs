// @ts-check
/**
 * `npm run bench`: what a recording costs, each figure beside its reference on the same server; writes
 * bench/results.json and docs/performance.md. `--quick` is a short run that writes nothing, `--smoke` only shows that
 * everything runs, `--only PART` measures one part again, `--profile` draws flame graphs of worker and receiver.
 */
import { join } from 'node:path';
import { runProcess, runScript } from './processes.mjs';
import { cacheDirectory, compile, ensureBuild, ensurePackages, projectDirectory, temporalCli } from './setup.mjs';

await runScript(async () => {
  ensurePackages();
  ensureBuild();
  const env = { ...process.env, BENCH_TEMPORAL_CLI: temporalCli() };
  compile('bench/tsconfig.json');
  const main = join(cacheDirectory, 'bench', 'bench', 'main.js');
  return runProcess(process.execPath, [main, ...process.argv.slice(2)], { cwd: projectDirectory, env });
});
