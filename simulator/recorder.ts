import { publishDomain, type RuleSettings } from './app.js';
import type { Clock } from './clock.js';
import { hlsObjects, mp4Objects } from './media.js';
import type { ObjectStore } from './objectStore.js';
import type { Settings } from './options.js';
import { fileStamp, secondsStamp } from './stamps.js';

/** The vendor's example: 26254952 bytes in 65 s of 1280 x 720 pixels. */
const BYTES_PER_SECOND_AND_PIXEL = 26_254_952 / 65 / (1280 * 720);

const EVENT_OBJECTS = {
  key: (key: string) => key,
  slash: (key: string) => `/${key}`,
  encoded: encodeURIComponent,
  slashAndEncoded: (key: string) => `/${encodeURIComponent(key)}`,
};

export interface RecorderDeps {
  settings: Settings;
  clock: Clock;
  store: ObjectStore;
  emit: (event: { event_type: string; record_format: string } & Record<string, unknown>) => void;
  keep: (file: RecordedFile) => void;
}

/** What one file holds. Times are simulated milliseconds since 1970. */
export interface RecordedFile {
  streamName: string;
  format: 'HLS' | 'MP4';
  from: number;
  to: number;
  /** The object's key; absent if the file was lost as the service failed, or could not be written. */
  key?: string;
}

interface RecordedStream {
  appId: string;
  streamName: string;
  width: number;
  height: number;
}

/** Records one stream in one format: one open file at a time, a new one each cycle and after each interruption. */
export class Recorder {
  #file: { startedAt: number; interruptedAt?: number } | undefined;
  #cancelCycle = () => {};
  #cancelGap = () => {};

  constructor(
    private readonly format: 'HLS' | 'MP4',
    private readonly rule: RuleSettings,
    private readonly stream: RecordedStream,
    private readonly deps: RecorderDeps,
  ) {}

  /** The publisher is present. Within the rule's merge time, the old file continues. */
  resume(): void {
    this.#cancelGap();
    if (this.#file) delete this.#file.interruptedAt;
    else this.#open();
  }

  /** The publisher has left. */
  pause(): void {
    if (!this.#file) return;
    this.#file.interruptedAt = this.deps.clock.now();
    const mergeSeconds = this.#config.record_max_duration_to_merge_file;
    if (mergeSeconds === 0) this.finish();
    else if (mergeSeconds > 0) this.#cancelGap = this.deps.clock.after(mergeSeconds * 1000, () => this.finish());
  }

  /** Closes the file, writes it to the bucket and sends the event. */
  finish(): void {
    const file = this.#close();
    if (file) this.#keep(file, this.#write(file.from, file.to));
  }

  /** The open file is lost, as when the service fails. */
  discard(): void {
    const file = this.#close();
    if (file) this.#keep(file);
  }

  #close(): Pick<RecordedFile, 'from' | 'to'> | undefined {
    this.#cancelCycle();
    this.#cancelGap();
    const file = this.#file;
    this.#file = undefined;
    return file && { from: file.startedAt, to: file.interruptedAt ?? this.deps.clock.now() };
  }

  #keep(file: Pick<RecordedFile, 'from' | 'to'>, key?: string): void {
    const { streamName } = this.stream;
    this.deps.keep({ streamName, format: this.format, ...file, ...(key !== undefined && { key }) });
  }

  get #config() {
    return this.format === 'HLS' ? this.rule.hls_config : this.rule.mp4_config;
  }

  #open(): void {
    this.#file = { startedAt: this.deps.clock.now() };
    this.deps.emit({ event_type: 'RECORD_NEW_FILE_START', record_format: this.format });
    const cycleSeconds = this.#config.record_cycle;
    if (cycleSeconds === 0) return;
    this.#cancelCycle = this.deps.clock.after(cycleSeconds * 1000, () => {
      const interrupted = this.#file?.interruptedAt !== undefined;
      this.finish();
      if (!interrupted) this.#open();
    });
  }

  /** Returns the object's key, if there is one. */
  #write(startedAt: number, endedAt: number): string | undefined {
    const { bucket: name, location } = this.rule.obs_addr;
    const bucket = this.deps.store.buckets.get(name);
    // No file and no error: that is what the vendor gives for a bucket it may not write to.
    if (!bucket?.authorized || bucket.location !== location) return undefined;

    const { width, height } = this.stream;
    const seconds = (endedAt - startedAt) / 1000;
    const size = Math.max(1, Math.round(seconds * width * height * BYTES_PER_SECOND_AND_PIXEL));
    const extension = this.format === 'HLS' ? '.m3u8' : '.mp4';
    let path = this.#path(startedAt);
    while (bucket.objects.has(path + extension)) path += '-1';
    const recorded = { path, seconds, width, height, size, kind: this.deps.settings.media };
    const sliceSeconds = this.#config.record_slice_duration ?? 10;
    const { objects, fileSize } =
      this.format === 'MP4' ? mp4Objects(recorded) : hlsObjects({ ...recorded, sliceSeconds });
    for (const { key, delayMs, ...object } of objects) {
      const put = () => this.deps.store.put(bucket, key, object);
      if (delayMs === undefined) put();
      else this.deps.clock.after(delayMs, put);
    }

    const obsHost = `obs.${location}.myhuaweicloud.com`;
    this.deps.emit({
      event_type: 'RECORD_FILE_COMPLETE',
      record_format: this.format,
      download_url: `https://${name}.${obsHost}/${path}${extension}`,
      file_size: fileSize,
      record_duration: Math.round(seconds),
      width,
      height,
      start_time: secondsStamp(startedAt, this.deps.settings.fractionDigits),
      end_time: secondsStamp(endedAt, this.deps.settings.fractionDigits),
      obs_location: `http://${obsHost}`,
      obs_bucket: name,
      obs_object: EVENT_OBJECTS[this.deps.settings.eventObject](path + extension),
    });
    return path + extension;
  }

  /** The object's key without its extension. */
  #path(startedAt: number): string {
    const { settings } = this.deps;
    const variables: Record<string, string> = {
      app_id: this.stream.appId,
      publish_domain: publishDomain(this.stream.appId),
      app: 'live',
      record_type: 'continuous_record',
      record_format: settings.recordFormatCase === 'lower' ? this.format.toLowerCase() : this.format,
      stream: this.stream.streamName,
      file_start_time: fileStamp(startedAt),
    };
    const template = this.#config.record_prefix ?? '';
    // Not all variables are documented: of whatever name, the vendor has a value for it.
    const path = template.replace(/\{(\w+)\}/g, (_whole, name: string) => variables[name] ?? `some-${name}`);
    const folder = this.rule.obs_addr.object ?? '';
    if (folder === '' || (settings.prependObject === 'once' && template.startsWith(folder))) return path;
    return folder.endsWith('/') ? folder + path : `${folder}/${path}`;
  }
}
