import { requireAccess } from '../core/caller.ts';
import type { Access, Caller, Roles } from '../core/caller.ts';
import type { CatalogReader, FunctionInvoker, ObjectStore, StreamReader } from '../core/ports.ts';
import { arn } from '../core/service.ts';
import { catalogResources } from '../glue/access.ts';

interface Ports {
  objects: ObjectStore;
  streams: StreamReader;
  functions: FunctionInvoker;
  catalog: CatalogReader;
}

/** Roles that a delivery stream names, each for its own part. */
export interface StreamRoles {
  source: string | undefined;
  destination: string | undefined;
  schema: string | undefined;
}

/** The ports of a delivery stream, each used with the role it names: https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html */
export const portsAs = (ports: Ports, roles: Roles, named: StreamRoles, place: { region: string; deliveryStreamArn: string }): Ports => {
  const caller = (roleArn: string | undefined): Caller => roles.actAs(roleArn, 'firehose.amazonaws.com', place.deliveryStreamArn);
  const check = (roleArn: string | undefined, ...accesses: Access[]): void => requireAccess(caller(roleArn), () => accesses);
  const onStream = (stream: string, ...actions: string[]): void =>
    check(named.source, ...actions.map((action) => ({ action: `kinesis:${action}`, resource: arn('kinesis', place.region, `stream/${stream}`) })));
  const { objects, streams, functions, catalog } = ports;
  return {
    objects: {
      put: async (bucket, key, body, options) => {
        check(named.destination, { action: 's3:PutObject', resource: `arn:aws:s3:::${bucket}/${key}` });
        return objects.put(bucket, key, body, options);
      },
      get: (bucket, key) => objects.get(bucket, key),
      list: (bucket, prefix) => objects.list(bucket, prefix),
      delete: (bucket, key) => objects.delete(bucket, key),
      bucketExists: (bucket) => objects.bucketExists(bucket),
      fileOf: (uri) => objects.fileOf(uri),
      uriOf: (file) => objects.uriOf(file),
    },
    streams: {
      shardIds: (stream) => {
        onStream(stream, 'DescribeStream', 'ListShards');
        return streams.shardIds(stream);
      },
      read: (stream, shardId, after, limit) => {
        onStream(stream, 'GetShardIterator', 'GetRecords');
        return streams.read(stream, shardId, after, limit);
      },
      latest: (stream, shardId) => {
        onStream(stream, 'GetShardIterator');
        return streams.latest(stream, shardId);
      },
    },
    functions: { invoke: (name, event) => functions.invoke(name, event, caller(named.destination)) },
    catalog: {
      table: (database, name) => {
        check(named.schema, ...catalogResources(place.region, database, name).map((resource) => ({ action: 'glue:GetTable', resource })));
        return catalog.table(database, name);
      },
    },
  };
};
