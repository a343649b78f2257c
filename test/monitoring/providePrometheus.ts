import type { TestProject } from 'vitest/node';
import { ensurePrometheus } from '../../scripts/setup/prometheus.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Prometheus' two programs; null where they are not there. */
    prometheus: { prometheus: string; promtool: string } | null;
  }
}

export default async function setUp(project: TestProject): Promise<void> {
  project.provide('prometheus', (await ensurePrometheus()) ?? null);
}
