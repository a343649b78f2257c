import { publishDomain, type RuleSettings } from './app.js';
import type { Clock } from './clock.js';
import type { ObjectStore } from './objectStore.js';
import type { Settings } from './options.js';
import { fileStamp, secondsStamp } from './stamps.js';

/** The vendor's example: 26254952 bytes in 65 s of 1280 x 720 pixels. */
const BYTES_PER_SECOND_AND_PIXEL = 26_254_952 / 65 / (1280 * 720);

export interface RecorderDeps {
  settings: Settings;
  clock: Clock;
  store: ObjectStore;
  emit: (event: { event_type: string; record_format: string } & Record<string, unknown>) => void;
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

  /** The publisher is there. Within the rule's merge time the old file goes on. */
  resume(): void {
    this.#cancelGap();
    if (this.#file) delete this.#file.interruptedAt;
    else this.#open();
  }

  /** The publisher is gone. */
  pause(): void {
    if (!this.#file) return;
    this.#file.interruptedAt = this.deps.clock.now();
    const mergeSeconds = this.#config.record_max_duration_to_merge_file;
    if (mergeSeconds === 0) this.finish();
    else if (mergeSeconds > 0) this.#cancelGap = this.deps.clock.after(mergeSeconds * 1000, () => this.finish());
  }

  /** Closes the file, writes it to the bucket and tells so. */
  finish(): void {
    const file = this.#file;
    this.discard();
    if (file) this.#write(file.startedAt, file.interruptedAt ?? this.deps.clock.now());
  }

  /** The open file is lost, as when the service fails. */
  discard(): void {
    this.#cancelCycle();
    this.#cancelGap();
    this.#file = undefined;
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

  #write(startedAt: number, endedAt: number): void {
    const { bucket: name, location } = this.rule.obs_addr;
    const bucket = this.deps.store.buckets.get(name);
    // No file and no error: that is what the vendor gives for a bucket it may not write to.
    if (!bucket?.authorized || bucket.location !== location) return;

    const { width, height } = this.stream;
    const seconds = (endedAt - startedAt) / 1000;
    const fileSize = Math.max(1, Math.round(seconds * width * height * BYTES_PER_SECOND_AND_PIXEL));
    const extension = this.format === 'HLS' ? '.m3u8' : '.mp4';
    let path = this.#path(startedAt);
    while (bucket.objects.has(path + extension)) path += '-1';
    if (this.format === 'MP4') this.deps.store.put(bucket, path + extension, { size: fileSize });
    else {
      const sliceSeconds = this.#config.record_slice_duration ?? 10;
      const count = Math.max(1, Math.ceil(seconds / sliceSeconds));
      const segments = Array.from({ length: count }, (_, i) => ({
        key: `${path}-${i}.ts`,
        size: Math.floor(((i + 1) * fileSize) / count) - Math.floor((i * fileSize) / count),
        seconds: Math.min(sliceSeconds, seconds - i * sliceSeconds),
      }));
      for (const { key, size } of segments) this.deps.store.put(bucket, key, { size });
      this.deps.store.put(bucket, path + extension, { content: playlist(sliceSeconds, segments) });
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
      obs_object: path + extension,
    });
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

function playlist(sliceSeconds: number, segments: { key: string; seconds: number }[]): Buffer {
  const lines = segments.flatMap(({ key, seconds }) => [
    `#EXTINF:${seconds.toFixed(3)},`,
    key.slice(key.lastIndexOf('/') + 1),
  ]);
  const head = ['#EXTM3U', '#EXT-X-VERSION:3', `#EXT-X-TARGETDURATION:${sliceSeconds}`, '#EXT-X-MEDIA-SEQUENCE:0'];
  return Buffer.from([...head, ...lines, '#EXT-X-ENDLIST', ''].join('\n'));
}
