import type { TestProject } from 'vitest/node';
import { findTool } from '../../../scripts/setup.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Cuts the network between processes; empty where it could not be had. */
    toxiproxy: string;
  }
}

export default function setUp(project: TestProject): void {
  project.provide('toxiproxy', findTool('TOXIPROXY_PATH', 'the tests of a network that fails') ?? '');
}
