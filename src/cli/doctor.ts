import type { Command } from 'commander';
import { loadWorkerConfig } from '../config.js';
import { fail, pass, tryLoad, type Check } from './check.js';
import { EXIT } from './errors.js';
import { bad, count, faint, good, warn } from './format.js';
import { print, type OutputOptions } from './options.js';
import { checkTemporal } from './temporalChecks.js';

interface DoctorOptions extends OutputOptions {
  bucket?: string;
  app?: string;
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check the environment and everything that a recording needs; changes nothing')
    .option('--bucket <name>', 'also check whether SparkRTC may write to this bucket, and the worker read from it')
    .option('--app <name>', 'also check this application: its state, its callback and its own recordings')
    .addHelpText(
      'after',
      `
Run it with the environment of the worker. Exit code 0 if no check fails, else 1.

Examples:
  $ sparkrtc-recorder doctor --bucket obsName --app rtctest
  $ sparkrtc-recorder doctor --json`,
    )
    .action(doctor);
}

async function doctor(options: DoctorOptions): Promise<void> {
  // Imported only here: the vendor's clients take long to load.
  const [{ checkVendor }, { checkReading }] = await Promise.all([
    import('./vendorChecks.js'),
    import('./readingCheck.js'),
  ]);
  const vendor = async () => {
    const checked = await checkVendor(options);
    return [
      ...checked,
      await checkReading(
        options.bucket,
        checked.find(({ name }) => name === 'credentials'),
      ),
    ];
  };
  const checks = [checkEnvironment(), ...(await Promise.all([vendor(), checkTemporal()])).flat()];
  const failed = checks.filter(({ status }) => status === 'fail').length;
  const summary = failed === 0 ? good('All checks passed.') : bad(`${count(failed, 'check')} failed.`);
  print(options, { ok: failed === 0, checks }, () => [...checks.map(describe), summary].join('\n'));
  process.exitCode = failed === 0 ? EXIT.success : EXIT.failed;
}

function checkEnvironment(): Check {
  const name = 'environment';
  const { problems } = tryLoad(loadWorkerConfig);
  if (problems === undefined) return pass(name, 'a worker can start with it');
  return fail(name, `a worker cannot start: ${problems}`, 'Set or correct these variables.');
}

const MARKS: Record<Check['status'], string> = {
  pass: good('✓'),
  fail: bad('✗'),
  warn: warn('!'),
  skip: faint('-'),
};

function describe({ name, status, detail, fix }: Check): string {
  const line = `${MARKS[status]} ${name.padEnd(18)} ${detail}`;
  return fix === undefined ? line : `${line}\n  ${' '.repeat(18)} ${faint('→')} ${fix}`;
}
