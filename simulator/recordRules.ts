import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { App, FormatConfig, RecordRule, RuleSettings } from './app.js';
import type { Apps } from './apps.js';
import type { Clock } from './clock.js';
import { newId } from './dialect.js';
import type { Settings } from './options.js';
import { pageQuery, readBody, readQuery } from './request.js';
import { notFound, RtcError } from './rtcError.js';
import { secondsStamp } from './stamps.js';

const DEFAULT_PREFIX = {
  seed: 'Record/{publish_domain}/{app}/{record_type}/{record_format}/{stream}_{file_start_time}/{stream}_{file_start_time}',
  sdk: '{app_id}/{record_format}/{stream}_{file_start_time}/{stream}_{file_start_time}',
};

/** The only location that supports recordings. */
const LOCATION = 'cn-north-4';

const recordPrefix = z.string().min(1).optional();
const hlsConfig = z.object({
  record_cycle: z.union([z.literal(0), z.int().min(60).max(43_200)], 'must be 0, or 60 to 43200').default(0),
  record_prefix: recordPrefix,
  record_slice_duration: z.int().min(2).max(60).default(10),
  record_max_duration_to_merge_file: z.int().min(-1).max(300).default(0),
});
const mp4Config = z.object({
  record_cycle: z.int().min(60).max(10_800).default(7200),
  record_prefix: recordPrefix,
  record_max_duration_to_merge_file: z.int().min(0).max(300).default(0),
});
const ruleRequest = z.object({
  obs_addr: z.object({
    bucket: z.string().min(1),
    location: z.string().min(1),
    object: z.string().optional(),
    project_id: z.string().min(1),
  }),
  record_formats: z.array(z.enum(['HLS', 'MP4'])).min(1),
  hls_config: hlsConfig.optional(),
  mp4_config: mp4Config.optional(),
});

/** The configuration that the service shows for a format that is not recorded. */
const UNUSED = { record_cycle: 0, record_max_duration_to_merge_file: 0 };

/** Recording rules. Source: SparkRTC API reference, "Recording Template Management". */
export class RecordRules {
  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly apps: Apps,
  ) {}

  /** The settings of a job that starts now: a change applies to new streams only after a while. */
  effective(rule: RecordRule): RuleSettings {
    const now = this.clock.now();
    const version = rule.versions.findLast(({ effectiveFrom }) => effectiveFrom <= now);
    if (version === undefined) throw new Error(`rule ${rule.id} has no version in force`);
    return version.settings;
  }

  find(app: App, ruleId: string): RecordRule {
    const rule = [...app.rules.values()].find(({ id }) => id === ruleId);
    if (rule === undefined) throw notFound(`record rule ${ruleId}`);
    return rule;
  }

  routes(http: FastifyInstance): void {
    type OfApp = { Params: { appId: string } };
    type OfRule = { Params: { appId: string; ruleId: string } };

    http.post<OfApp>('/apps/:appId/record-rules', (request, reply) => {
      const app = this.apps.findActive(request.params.appId);
      const settings = this.#fillIn(this.#read(request));
      const old = app.rules.get(settings.obs_addr.location);
      if (old && this.settings.rejectExistingRule) throw new RtcError('RTC.00001019', settings.obs_addr.location);
      if (old) return this.#replace(app, old, settings);
      const now = this.clock.now();
      const id = newId(16, this.settings.numericIds);
      const rule: RecordRule = { id, createdAt: now, updatedAt: now, versions: [{ settings, effectiveFrom: now }] };
      app.rules.set(settings.obs_addr.location, rule);
      return reply.code(201).send(this.#toResponse(app, rule));
    });

    http.get<OfApp>('/apps/:appId/record-rules', (request) => {
      const app = this.apps.find(request.params.appId);
      const { offset, limit } = readQuery(request, pageQuery);
      return {
        rules: [...app.rules.values()]
          .slice(offset * limit, (offset + 1) * limit)
          .map((rule) => this.#toResponse(app, rule)),
      };
    });

    http.get<OfRule>('/apps/:appId/record-rules/:ruleId', (request) => {
      const app = this.apps.find(request.params.appId);
      return this.#toResponse(app, this.find(app, request.params.ruleId));
    });

    http.put<OfRule>('/apps/:appId/record-rules/:ruleId', (request) => {
      const app = this.apps.findActive(request.params.appId);
      const rule = this.find(app, request.params.ruleId);
      return this.#replace(app, rule, this.#fillIn(this.#read(request)));
    });

    http.delete<OfRule>('/apps/:appId/record-rules/:ruleId', (request, reply) => {
      const app = this.apps.find(request.params.appId);
      this.remove(app, request.params.ruleId);
      return reply.code(204).send();
    });
  }

  remove(app: App, ruleId: string): void {
    const rule = this.find(app, ruleId);
    for (const [location, candidate] of app.rules) if (candidate === rule) app.rules.delete(location);
  }

  #read(request: FastifyRequest) {
    const rule = readBody(request, ruleRequest);
    if (!this.settings.requireRecordCycle) return rule;
    for (const format of rule.record_formats) {
      readBody(request, z.object({ [`${format.toLowerCase()}_config`]: z.object({ record_cycle: z.number() }) }));
    }
    return rule;
  }

  #replace(app: App, rule: RecordRule, settings: RuleSettings) {
    const now = this.clock.now();
    rule.updatedAt = now;
    rule.versions.push({ settings, effectiveFrom: now + this.settings.ruleDelayMs });
    return this.#toResponse(app, rule);
  }

  #fillIn(requested: z.output<typeof ruleRequest>): RuleSettings {
    if (requested.obs_addr.location !== LOCATION) {
      throw new RtcError(
        'RTC.00001012',
        `obs_addr.location ${requested.obs_addr.location} takes no recordings, only ${LOCATION} does`,
      );
    }
    for (const [format, field] of [
      ['HLS', 'hls_config'],
      ['MP4', 'mp4_config'],
    ] as const) {
      if (requested.record_formats.includes(format) && !requested[field]) throw new RtcError('RTC.00001005', field);
    }
    const withPrefix = (config: z.output<typeof hlsConfig> | z.output<typeof mp4Config> | undefined): FormatConfig =>
      config ? { ...config, record_prefix: config.record_prefix ?? DEFAULT_PREFIX[this.settings.rulePrefix] } : UNUSED;
    const { object, ...address } = requested.obs_addr;
    const stored = object && this.settings.storedFolder === 'normalized' ? normalized(object) : object;
    return {
      ...requested,
      obs_addr: stored === undefined ? address : { ...address, object: stored },
      hls_config: withPrefix(requested.hls_config),
      mp4_config: withPrefix(requested.mp4_config),
    };
  }

  #toResponse(app: App, rule: RecordRule) {
    return {
      app_id: app.id,
      rule_id: rule.id,
      create_time: secondsStamp(rule.createdAt, this.settings.fractionDigits),
      ...rule.versions.at(-1)?.settings,
      update_time: secondsStamp(rule.updatedAt, this.settings.fractionDigits),
    };
  }
}

function normalized(folder: string): string {
  return `${folder.replace(/^\/+|\/+$/g, '')}/`;
}
