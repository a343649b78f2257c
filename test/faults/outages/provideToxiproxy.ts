import type { TestProject } from 'vitest/node';
import { ensureToxiproxy } from '../../../scripts/setup/toxiproxy.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Cuts the network between processes; empty where it could not be had. */
    toxiproxy: string;
  }
}

export default async function setUp(project: TestProject): Promise<void> {
  project.provide('toxiproxy', (await ensureToxiproxy()) ?? '');
}
