import type { TestProject } from 'vitest/node';
import { findTool } from '../../scripts/setup.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Prometheus' two programs; null where they are not there. */
    prometheus: { prometheus: string; promtool: string } | null;
  }
}

export default function setUp(project: TestProject): void {
  const loss = 'the tests of metrics, alerts and dashboard';
  const prometheus = findTool('PROMETHEUS_PATH', loss);
  const promtool = findTool('PROMTOOL_PATH', loss);
  project.provide('prometheus', prometheus && promtool ? { prometheus, promtool } : null);
}
