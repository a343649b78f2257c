import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { APP_STATES, publishDomain, type App, type AppState } from './app.js';
import type { Clock } from './clock.js';
import { newId } from './dialect.js';
import type { Settings } from './options.js';
import { pageQuery, readBody, readQuery } from './request.js';
import { notFound, RtcError } from './rtcError.js';
import { fractionStamp } from './stamps.js';

const appRequest = z.object({ app_name: z.string().min(1) });

const listQuery = pageQuery.extend({ state: z.enum(APP_STATES).optional() });

/** The applications of the one account. Source: SparkRTC API reference, "Application Management". */
export class Apps {
  readonly all = new Map<string, App>();

  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  find(appId: string): App {
    const app = this.all.get(appId);
    if (app === undefined) throw notFound(`app ${appId}`);
    return app;
  }

  /** The application, which has to be switched on. */
  findActive(appId: string): App {
    const app = this.find(appId);
    if (app.state !== 'ACTIVATION') throw new RtcError('RTC.00001016', `the state of app ${appId} is ${app.state}`);
    return app;
  }

  setState(appId: string, state: AppState): void {
    Object.assign(this.find(appId), { state, stateChangedAt: this.clock.now() });
  }

  routes(http: FastifyInstance): void {
    http.post('/apps', (request, reply) => {
      const { app_name: name } = readBody(request, appRequest);
      if ([...this.all.values()].some((app) => app.name === name))
        throw new RtcError('RTC.00001020', `app ${name} exists`);
      if (this.all.size >= this.settings.maxApps) {
        throw new RtcError('RTC.00001017', `an account has ${this.settings.maxApps} apps at most`);
      }
      const id = newId(12, this.settings.numericIds);
      const now = this.clock.now();
      const state = this.settings.newAppState;
      this.all.set(id, { id, name, state, stateChangedAt: now, createdAt: now, rules: new Map() });
      return reply.code(201).send({ app_id: id });
    });

    http.get('/apps', (request) => {
      const { offset, limit, state } = readQuery(request, listQuery);
      const apps = [...this.all.values()].filter((app) => state === undefined || app.state === state);
      return {
        count: apps.length,
        apps: apps.slice(offset * limit, (offset + 1) * limit).map((app) => this.#toResponse(app)),
      };
    });

    http.get<{ Params: { appId: string } }>('/apps/:appId', (request) =>
      this.#toResponse(this.find(request.params.appId)),
    );

    http.delete<{ Params: { appId: string } }>('/apps/:appId', (request, reply) => {
      const { id, state } = this.find(request.params.appId);
      if (this.settings.deleteOnlyDisabled && state === 'ACTIVATION') {
        throw new RtcError('RTC.00001003', `app ${id} has to be disabled first`);
      }
      this.all.delete(id);
      return reply.code(204).send();
    });

    http.post<{ Params: { appId: string } }>('/apps/:appId/disable', (request) => {
      this.setState(request.params.appId, 'DEACTIVATION');
      return this.#toResponse(this.find(request.params.appId));
    });

    http.get<{ Params: { appId: string } }>('/apps/:appId/auto-record-mode', (request) => {
      this.find(request.params.appId);
      return { mode: this.settings.autoRecordMode, record_rule_id: '' };
    });
  }

  #toResponse(app: App) {
    return {
      app_name: app.name,
      app_id: app.id,
      state: { state: app.state, update_time: fractionStamp(app.stateChangedAt) },
      scope: 'GLOBAL',
      tenant_name: this.settings.domainName,
      domain: publishDomain(app.id),
      create_time: fractionStamp(app.createdAt),
    };
  }
}
