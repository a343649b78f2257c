import { proxyProblems } from './proxy.js';
import { trustedCertificates } from './trust.js';

/** What is wrong with the variables for proxies and certificates, one line each. */
export function networkProblems(environment: Readonly<Record<string, string | undefined>>): string[] {
  const problems = proxyProblems(environment);
  try {
    trustedCertificates(environment);
  } catch (error) {
    problems.push((error as Error).message);
  }
  return problems;
}
