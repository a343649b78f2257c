import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { listPage, type ObjectStore } from './objectStore.js';
import { readBody, readQuery } from './request.js';
import { notFound } from './rtcError.js';
import { beijingStamp } from './stamps.js';

const LOCATIONS = ['cn-north-4', 'cn-north-1', 'cn-north-5', 'cn-north-6', 'cn-south-1', 'cn-east-2'] as const;

const objectsQuery = z.object({
  bucket: z.string().min(1),
  prefix: z.string().default(''),
  type: z.enum(['folders', 'objects']),
  location: z.enum(LOCATIONS),
});

const authorityRequest = z.object({
  bucket: z.string().min(1),
  /** 1 gives SparkRTC access, 0 takes it away. */
  operation: z.union([z.literal(0), z.literal(1)]),
  location: z.enum(LOCATIONS),
  project_id: z.string().optional(),
});

/** The account's buckets, and SparkRTC's access to them. Source: SparkRTC API reference, "OBS Bucket Management". */
export function bucketQueries(http: FastifyInstance, store: ObjectStore): void {
  http.get('/rtc-ops/buckets', () => {
    const buckets = [...store.buckets.values()].map(({ name, location, createdAt, authorized }) => ({
      bucket: name,
      location,
      creation_date: beijingStamp(createdAt),
      is_authorized: authorized,
    }));
    return { count: buckets.length, buckets };
  });

  http.put('/rtc-ops/buckets/authentication', (request, reply) => {
    const { bucket: name, operation, location } = readBody(request, authorityRequest);
    const bucket = store.buckets.get(name);
    if (bucket?.location !== location) throw notFound(`bucket ${name} in ${location}`);
    bucket.authorized = operation === 1;
    return reply.code(204).send();
  });

  http.get('/rtc-ops/buckets/objects', (request) => {
    const { bucket: name, prefix, type, location } = readQuery(request, objectsQuery);
    const bucket = store.buckets.get(name);
    if (bucket?.location !== location) throw notFound(`bucket ${name} in ${location}`);
    const everything = { prefix, marker: '', maxKeys: Infinity };
    const objects =
      type === 'folders'
        ? listPage(store.listable(bucket), { ...everything, delimiter: '/' }).commonPrefixes.map((folder) => ({
            file_name: folder,
            size: 0,
            last_modified: '',
          }))
        : listPage(store.listable(bucket), { ...everything, delimiter: '' }).contents.map((object) => ({
            file_name: object.key,
            size: Math.ceil(object.size / 1024),
            last_modified: beijingStamp(object.lastModified),
          }));
    return { count: objects.length, objects };
  });
}
