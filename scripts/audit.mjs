// @ts-check
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { projectDirectory } from './setup/paths.mjs';

/**
 * Whether a package that the product needs at run time is known to be vulnerable. Ends with 1, naming them, where one is so at the level high or critical.
 * Where the registry cannot tell (offline, or a mirror without audits) it says loudly that nothing was audited, and ends with 0: that is no fault of the change
 * that is checked.
 */

/**
 * @typedef {{ title: string, url: string }} Advisory
 * @typedef {{ name: string, severity: string, range: string, via: (Advisory | string)[], fixAvailable: boolean | object }} Vulnerability
 * @typedef {{ vulnerabilities?: Record<string, Vulnerability>, message?: string, error?: { summary?: string } }} Report
 */

const SEVERE = ['high', 'critical'];

/** @param {Vulnerability} vulnerability */
function describe({ name, severity, range, via, fixAvailable }) {
  const advisories = via.map((one) => (typeof one === 'string' ? `by ${one}` : `${one.title} (${one.url})`));
  const cure = fixAvailable ? 'a fix is there: npm audit fix' : 'no fix is there yet';
  return `${[name, range].filter(Boolean).join(' ')} (${severity}): ${advisories.join('; ')}; ${cure}`;
}

/** @returns {Report} */
function audit() {
  const { stdout, stderr, error } = spawnSync(
    'npm',
    ['audit', '--omit=dev', '--audit-level=high', '--json', '--package-lock-only', '--fetch-retries=1'],
    { cwd: projectDirectory, encoding: 'utf8', timeout: 120_000 },
  );
  if (error) throw error;
  try {
    /** @type {unknown} */
    const report = JSON.parse(stdout);
    return /** @type {Report} */ (report);
  } catch {
    throw new Error(`npm audit did not answer in JSON: ${(stdout + stderr).trim().slice(-500)}`);
  }
}

function run() {
  const { vulnerabilities, message, error } = audit();
  if (vulnerabilities === undefined) {
    console.log(`NOT AUDITED: the registry did not tell: ${message || error?.summary || 'npm gave no reason'}`);
    return 0;
  }
  const found = Object.values(vulnerabilities);
  const severe = found.filter(({ severity }) => SEVERE.includes(severity));
  for (const vulnerability of severe) console.log(`vulnerable: ${describe(vulnerability)}`);
  console.log(`audited: ${severe.length} vulnerable, ${found.length - severe.length} less severe`);
  return severe.length === 0 ? 0 : 1;
}

process.exitCode = run();
