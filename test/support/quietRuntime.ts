import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';

/** One runtime a process: what goes wrong on purpose in a test is no news. */
export function installQuietRuntime(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
  });
}
