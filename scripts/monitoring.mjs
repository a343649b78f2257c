// @ts-check
/** `npm run test:monitoring`: the alert rules and the dashboard of deploy/monitoring, on a real Prometheus. */
import { runScript } from './runScript.mjs';
import { runVitest } from './vitestRun.mjs';

await runScript(() => runVitest('monitoring'));
