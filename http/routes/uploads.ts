import { createRoute } from '@hono/zod-openapi';
import { json, problems } from '#http/answers';
import type { Api, ApiContext } from '#http/api';
import { completeUpload, requestUpload, upload } from '#http/contract/upload';
import { endUpload, offerUpload, type Uploads } from '#http/uploads';
import { rejected } from '#ports/errors';

const request = createRoute({
  method: 'post',
  path: '/v1/uploads',
  summary: 'Ask for a place to upload a large input to',
  request: { body: { required: true, content: { 'application/json': { schema: requestUpload } } } },
  responses: {
    201: json(upload, 'Where to put it. 404 where the server takes inputs of any size with the start.'),
    ...problems,
  },
});

const complete = createRoute({
  method: 'post',
  path: '/v1/uploads:complete',
  summary: 'End an upload in parts',
  request: { body: { required: true, content: { 'application/json': { schema: completeUpload } } } },
  responses: { 204: { description: 'All parts are there; a start may name the upload.' }, ...problems },
});

/** POST /v1/uploads, and the end of one in parts. */
export function addUploadRoutes(api: Api, { options: { uploads } }: ApiContext): void {
  api.openapi(request, async (context) => {
    const { size, inParts } = context.req.valid('json');
    return context.json(await offerUpload(offeredBy(uploads), size, inParts), 201);
  });
  api.openapi(complete, async (context) => {
    const { key, upload: id, tags } = context.req.valid('json');
    await endUpload(offeredBy(uploads), key, id, tags);
    return context.body(null, 204);
  });
}

function offeredBy(uploads: Uploads | undefined): Uploads {
  if (uploads) return uploads;
  throw rejected(
    'UPLOADS_NOT_OFFERED',
    'This server takes no uploads: send the input with the start, whatever its size.',
  );
}
