import { randomBytes } from 'node:crypto';
import { ConfigurationError } from '../config.js';
import { authentication, type HuaweiAccount } from '../huawei/authentication.js';
import { CredentialGuard } from '../huawei/credentialGuard.js';
import { HuaweiError } from '../huawei/errors.js';
import { HttpClient } from '../huawei/http.js';
import { Caller } from './caller.js';
import { cleanUp } from './cleanUp.js';
import { Listener } from './listener.js';
import { CannotContinue, PATIENCE, Procedure, Traces, type Place } from './procedure.js';
import { reportOf, type Report } from './report.js';
import { realTime, type Time } from './time.js';

export interface CertifyOptions {
  account: HuaweiAccount;
  /** The public URL of callbacks, and where to listen for them. */
  callbackUrl: string;
  host: string;
  port: number;
  /** Where recordings are stored. */
  place: Place;
  /** Someone who publishes in this room of the application, which exists only during the run. */
  publisher?: { roomId: string; userId: string } | undefined;
  signal: AbortSignal;
  /** Another clock than the machine's. */
  time?: Time;
  note?: (line: string) => void;
}

/** Settles what the vendor's papers leave open, with an application that exists for as long as this takes. */
export async function certify(options: CertifyOptions): Promise<Report> {
  const { account, callbackUrl, host, port, place, publisher, signal, time = realTime, note = () => {} } = options;
  const traces = new Traces();
  const listener = await Listener.start({
    ...{ host, port, time, name: traces.appName, patienceMs: PATIENCE },
  }).catch((error: unknown) => {
    throw new ConfigurationError(
      `certify cannot listen at RECEIVER_HOST ${host}, RECEIVER_PORT ${port}: ${(error as Error).message}. If the ` +
        'receiver runs there, use another port and a CALLBACK_URL that leads to it.',
    );
  });
  const http = new HttpClient();
  const { authenticator } = authentication(account, http, new CredentialGuard());
  const common = { endpoint: account.sparkRtcEndpoint, authenticator, http, time };
  const caller = new Caller({ ...common, signal });
  const authKey = randomBytes(32).toString('hex');
  const procedure = new Procedure(caller, listener, traces, {
    ...{ callbackUrl, authKey, place, publisher, time, signal, note },
  });
  const cleaner = new Caller(common);
  let problem: string | undefined;
  let left: string[];
  try {
    await procedure.run();
  } catch (error) {
    if (signal.aborted) problem = 'It was interrupted.';
    else if (error instanceof HuaweiError) problem = problemOf(error);
    else if (error instanceof CannotContinue) problem = error.message;
    else throw error;
  } finally {
    note('Everything is removed again …');
    for (const { event } of listener.events) {
      const { job_id: jobId } = event as { job_id?: string | number };
      // A start whose response was lost.
      if (traces.pending === 'job' && jobId !== undefined) traces.openJobs.add(String(jobId));
    }
    left = await cleanUp(cleaner, traces, procedure.seen.steps, time);
    await listener.close();
    await http.close();
  }
  const { probes, events, repetitions } = listener;
  const exchanges = [...caller.exchanges, ...cleaner.exchanges];
  const seen = { ...procedure.seen, probes, events, repetitions, exchanges };
  return reportOf(seen, { hasPublisher: publisher !== undefined, problem, left });
}

/** The vendor's own words may contain names. */
function problemOf(error: HuaweiError): string {
  const { call, status, errorCode, message } = error;
  // Without a response, or with one that cannot be read.
  if (status === undefined || status < 300) return message;
  // IAM repeats the status as its code.
  const codes = new Set([String(status), errorCode ?? String(status)]);
  return `${call} was rejected with ${[...codes].join(' ')}.`;
}
