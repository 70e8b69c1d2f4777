import { createRoute } from '@hono/zod-openapi';
import { json, problems } from '#http/answers';
import type { Api, ApiContext } from '#http/api';
import { requestUpload, upload } from '#http/contract/upload';
import { offerUpload } from '#http/uploads';
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

/** POST /v1/uploads. */
export function addUploadRoutes(api: Api, { options: { uploads } }: ApiContext): void {
  api.openapi(request, async (context) => {
    if (!uploads) {
      throw rejected(
        'UPLOADS_NOT_OFFERED',
        'This server takes no uploads: send the input with the start, whatever its size.',
      );
    }
    return context.json(await offerUpload(uploads, context.req.valid('json').size), 201);
  });
}
