import type { BatcherWork, MapRunWork, ReaderWork, WriterWork } from '#engine/chart/compiled';
import type { Here, QueryFields } from '#engine/chart/query-fields';
import type { Json, JsonObject } from '#engine/json';
import { isObject } from '#engine/json-values';

/** What a distributed Map has beside an inline one. `text`: the state as written, validated. */
export const compileMapRun = (here: Here, fields: QueryFields, name: string, text: JsonObject): MapRunWork => ({
  label: typeof text.Label === 'string' ? text.Label : name,
  reader: isObject(text.ItemReader) ? reader(here, fields, text.ItemReader) : null,
  batcher: isObject(text.ItemBatcher) ? batcher(here, fields, text.ItemBatcher) : null,
  writer: isObject(text.ResultWriter) ? writer(here, fields, text.ResultWriter) : null,
});

const reader = (here: Here, fields: QueryFields, text: JsonObject): ReaderWork => {
  const config = isObject(text.ReaderConfig) ? text.ReaderConfig : {};
  return {
    resource: actionOf(text.Resource) as ReaderWork['resource'],
    input: template(here, fields, text, fields.input, 'ItemReader'),
    config,
    maxItems: fields.number(here, config, 'MaxItems'),
  };
};

const batcher = (here: Here, fields: QueryFields, text: JsonObject): BatcherWork => ({
  maxItems: fields.number(here, text, 'MaxItemsPerBatch'),
  maxBytes: fields.number(here, text, 'MaxInputBytesPerBatch'),
  input: template(here, fields, text, 'BatchInput', 'ItemBatcher'),
});

const writer = (here: Here, fields: QueryFields, text: JsonObject): WriterWork => {
  const config = isObject(text.WriterConfig) ? text.WriterConfig : {};
  const place = text.Resource === undefined ? null : template(here, fields, text, fields.input, 'ResultWriter');
  return {
    place,
    // What is exported is exported whole, what is the state's output is the outputs alone (AWS: "ResultWriter (Map)").
    transformation: (config.Transformation ?? (place === null ? 'COMPACT' : 'NONE')) as WriterWork['transformation'],
    outputType: (config.OutputType ?? 'JSON') as WriterWork['outputType'],
  };
};

const template = (here: Here, fields: QueryFields, text: JsonObject, field: string, parent: string) => {
  const value: Json | undefined = text[field];
  return value === undefined ? null : here(fields.template(value, `${parent}/${field}`, null));
};

/** `s3:getObject` of `arn:aws:states:::s3:getObject`. */
const actionOf = (resource: Json | undefined): string => String(resource).split(':::')[1] ?? '';
