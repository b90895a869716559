import { STATUS_CODES } from 'node:http';
import swagger from '@fastify/swagger';
import { Type } from 'typebox';
import type { ErrorCode } from '../../shared/api/errors.ts';
import { CommandView, OpView, OutputIndexView, OutputMatchesView, Problem } from '../../shared/api/resources.ts';
import { AttentionItem } from '../../shared/model/attention.ts';
import { Command } from '../../shared/model/command.ts';
import { DispatchAnswer, DispatchSummary } from '../../shared/model/dispatch.ts';
import { EnrolmentView, WaitingHost } from '../../shared/model/enrolment.ts';
import { Event } from '../../shared/model/event.ts';
import { ApiTokenView } from '../../shared/model/grant.ts';
import { Host } from '../../shared/model/host.ts';
import { NotifyMessage, Receiver } from '../../shared/model/notify.ts';
import { PolicyView } from '../../shared/model/policy.ts';
import { Quarantined, Rollout, RolloutGate } from '../../shared/model/rollout.ts';
import { Target } from '../../shared/model/target.ts';
import { WindowView } from '../../shared/model/window.ts';
import { version } from '../../shared/version.ts';
import { type Rule, ruleOf } from '../auth/permissions.ts';
import { EXAMPLES } from './examples.ts';
import { describeFields } from './field-words.ts';
import { type Api, refusals } from './http/route.ts';
import { DispatchSchema } from './routes/dispatch.ts';
import { RolloutSchema } from './routes/rollouts.ts';

/** The schemas that the document names; `named` refers to them. */
const NAMED = {
  ApiToken: ApiTokenView,
  AttentionItem,
  Command,
  CommandWithHistory: CommandView,
  Dispatch: DispatchSchema,
  DispatchAnswer,
  DispatchSummary,
  Enrolment: EnrolmentView,
  Event,
  Host,
  NotifyMessage,
  Op: OpView,
  OutputIndex: OutputIndexView,
  OutputMatches: OutputMatchesView,
  Policy: PolicyView,
  Problem,
  Quarantined,
  Receiver,
  Rollout,
  RolloutGate,
  RolloutWithHosts: RolloutSchema,
  Target,
  WaitingHost,
  Window: WindowView,
};

type Kind = 'principal' | Extract<Rule, string>;

/** The credentials of each kind of caller. */
const SECURITY: Record<Kind, Record<string, string[]>[]> = {
  principal: [{ adminToken: [] }, { token: [] }, { session: [] }],
  host: [{ hostToken: [] }],
  enrolment: [{ enrolmentToken: [] }],
  anybody: [],
};

/** Collects every route added after it, and makes the document from their schemas. */
export async function collectDocument(api: Api): Promise<void> {
  api.addHook('onRoute', ({ method, url, config, schema }) => {
    if (!schema || config?.page) return;
    for (const [, name = ''] of JSON.stringify(schema).matchAll(/"\$ref":"([^"]+)#"/g))
      if (!Object.hasOwn(NAMED, name))
        throw new Error(
          `${method} ${url} names the schema ${name}: give it a line in NAMED of coordinator/api/openapi.ts`,
        );
    const rule = ruleOf(String(method), url);
    const kind = typeof rule === 'string' ? rule : 'principal';
    schema.security = SECURITY[kind];
    if (typeof rule !== 'string') Object.assign(schema, { 'x-role': rule.role });
    const common = refusals(...commonRefusals(kind, method !== 'GET'));
    const response: Record<string, object> = Object.assign(common, schema.response);
    schema.response = Object.fromEntries(
      Object.entries(response).map(([status, answer]) => [status, { description: STATUS_CODES[status], ...answer }]),
    );
  });
  for (const [name, schema] of Object.entries(NAMED)) api.addSchema({ ...schema, $id: name });
  await api.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Switchyard',
        description: 'Runs operations on a fleet of hosts and says truthfully how they ended.',
        version,
      },
      components: {
        securitySchemes: {
          adminToken: { type: 'http', scheme: 'bearer', description: 'The admin token' },
          token: { type: 'http', scheme: 'bearer', description: 'A token with grants: see createToken' },
          session: { type: 'apiKey', in: 'cookie', name: 'switchyard_session', description: 'See openSession' },
          hostToken: { type: 'http', scheme: 'bearer', description: "A host's token" },
          enrolmentToken: {
            type: 'http',
            scheme: 'bearer',
            description: 'The token of an enrolment: see createEnrolment',
          },
        },
      },
    },
    refResolver: { buildLocalReference: ({ $id }) => String($id) },
  });
}

/** Refusals that every route of this kind may answer with. */
const commonRefusals = (kind: Kind, isChange: boolean): ErrorCode[] => [
  // Its address, or a body that it does not take, may be malformed.
  'invalid_request',
  ...(kind === 'anybody' ? [] : (['unauthorized', 'rate_limited'] as const)),
  ...(kind === 'principal' ? (['forbidden'] as const) : []),
  ...(kind === 'principal' && isChange ? (['forbidden_origin', 'storage_unavailable'] as const) : []),
  ...(isChange ? (['body_too_large', 'unsupported_media_type'] as const) : []),
];

/** The whole document. */
function documentOf(api: Api): object {
  const document = api.swagger();
  Object.assign(document, { webhooks: WEBHOOKS });
  describeFields(document as Record<string, unknown>);
  for (const [method, operation] of Object.values(document.paths ?? {}).flatMap((path) =>
    Object.entries<object>(path ?? {}),
  )) {
    const { operationId = '', requestBody } = operation as { operationId?: string; requestBody?: RequestBody };
    const example = EXAMPLES[operationId];
    if (!example) continue;
    Object.assign(operation, { description: `Example: \`${method.toUpperCase()} ${example.url}\`` });
    const json = requestBody?.content?.['application/json'];
    if (json && example.body) json.example = example.body;
  }
  return document;
}

/** The request that a receiver of the kind `webhook` gets. */
const WEBHOOKS = {
  notify: {
    post: {
      operationId: 'notify',
      summary: 'Sends the notices that CONFIG asks for; any 2xx takes the message',
      parameters: [
        {
          name: 'X-Switchyard-Signature',
          in: 'header',
          required: true,
          schema: { type: 'string' },
          description: '`t=SECONDS,v1=HEX`: HMAC-SHA256 of `SECONDS.BODY` by the content of secretFile',
        },
        {
          name: 'X-Switchyard-Id',
          in: 'header',
          required: true,
          schema: { type: 'string' },
          description: 'The `id` of the message',
        },
      ],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/NotifyMessage' } } },
      },
      responses: { '2XX': { description: 'Taken' } },
    },
  },
};

type RequestBody = { content?: Record<string, { example?: object }> };

export function openapiRoutes(api: Api): void {
  let document: object | null = null;
  api.get(
    '/openapi.json',
    {
      schema: {
        operationId: 'getOpenapi',
        summary: 'This document',
        tags: ['health'],
        response: { 200: Type.Unsafe<object>({ type: 'object' }) },
      },
    },
    async () => {
      document ??= documentOf(api);
      return document;
    },
  );
}
