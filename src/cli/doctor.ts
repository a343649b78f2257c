import type { Command } from 'commander';
import { ConfigurationError, loadWorkerConfig } from '../config.js';
import { callbackFindings } from './callbackFindings.js';
import { EXIT } from './errors.js';
import { crossed, ticked, type Finding } from './finding.js';
import { printJson, printLine, type OutputOptions } from './options.js';
import { bad, doubtful, faint, good } from './format.js';
import { temporalFindings } from './temporalFindings.js';

interface DoctorOptions extends OutputOptions {
  bucket?: string;
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check the environment and everything that a recording needs; changes nothing')
    .option('--bucket <name>', 'also whether SparkRTC may write to this bucket')
    .addHelpText(
      'after',
      `
Run it with the environment of the worker. Exit code 0 when nothing is crossed, else 1.

Examples:
  $ sparkrtc-recorder doctor --bucket obsName
  $ sparkrtc-recorder doctor --json`,
    )
    .action(doctor);
}

async function doctor({ bucket, json }: DoctorOptions): Promise<void> {
  // Loaded only where it is wanted: the clients of the vendor are much to load.
  const { clockFinding, vendorFindings } = await import('./vendorFindings.js');
  const groups = await Promise.all([vendorFindings(bucket), clockFinding(), callbackFindings(), temporalFindings()]);
  const findings = [environmentFinding(), ...groups.flat()];
  const toMend = findings.filter(({ state }) => state === 'crossed').length;
  if (json) printJson({ ok: toMend === 0, checks: findings });
  else {
    for (const finding of findings) printLine(describe(finding));
    printLine(toMend === 0 ? good('Nothing is crossed.') : bad(`${toMend} to mend.`));
  }
  process.exitCode = toMend === 0 ? EXIT.done : EXIT.failed;
}

function environmentFinding(): Finding {
  const name = 'environment';
  try {
    loadWorkerConfig();
    return ticked(name, 'a worker would start with it');
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return crossed(name, `a worker would not start: ${error.problems.join('; ')}`, 'Set or correct these variables.');
  }
}

const MARKS: Record<Finding['state'], string> = {
  ticked: good('✓'),
  crossed: bad('✗'),
  doubtful: doubtful('!'),
  skipped: faint('-'),
};

function describe({ name, state, detail, mend }: Finding): string {
  const line = `${MARKS[state]} ${name.padEnd(18)} ${detail}`;
  return mend === undefined ? line : `${line}\n  ${' '.repeat(18)} ${faint('→')} ${mend}`;
}
