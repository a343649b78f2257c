// @ts-check
import { ensureOptionalExecutable } from './optionalExecutable.mjs';

/** @type {(name: string) => import('./executable.mjs').Executable} */
const ofPrometheus = (name) => ({
  name,
  // Never installed here: the system's packages have both.
  version: 'of-the-system',
  pathVariable: `${name.toUpperCase()}_PATH`,
  probeArguments: ['--version'],
  identify: (answer) => new RegExp(`^${name}, version (\\S+)`, 'm').exec(answer)?.[1],
  installers: [],
  advice: `Install Prometheus (Debian: apt-get install prometheus), or set ${name.toUpperCase()}_PATH.`,
});

/**
 * Prometheus and its promtool, for the tests of monitoring. Without them those are skipped, loudly; in CI (environment variable CI) it is an error, so
 * that they cannot go missing unseen.
 * @returns {Promise<{ prometheus: string, promtool: string } | undefined>}
 */
export async function ensurePrometheus() {
  const loss = 'Prometheus the tests of metrics, alerts and dashboard are skipped';
  const prometheus = await ensureOptionalExecutable(ofPrometheus('prometheus'), loss, {});
  const promtool = await ensureOptionalExecutable(ofPrometheus('promtool'), loss, {});
  return prometheus && promtool ? { prometheus, promtool } : undefined;
}
