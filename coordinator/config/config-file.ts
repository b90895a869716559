import type { Static } from 'typebox';
import { parseRelativeFolder } from '../../shared/files/relative-folder.ts';
import { lazyValidator } from '../../shared/lazy-validator.ts';
import { holdsSecret } from '../../shared/network/secret-url.ts';
import { builtinOp, customOp } from '../../shared/ops/ops.ts';
import { Name } from '../../shared/schema.ts';
import { tomlReader } from '../../shared/settings/toml.ts';
import { lineOfKey } from '../../shared/settings/toml-line.ts';
import { isAddressRange } from './client-address.ts';
import {
  AccessKeys,
  ConfigSchema,
  DashboardKeys,
  LimitsKeys,
  RetentionKeys,
  TargetKeys,
  withDefaults,
} from './config-schema.ts';
import { faultOfNotify, type ReceiverConfig, receiverOf } from './notify.ts';
import { NotifyKeys } from './notify-schema.ts';
import { faultOfOidc, type OidcConfig, OidcKeys, oidcOf } from './oidc.ts';
import { type PolicyConfig, readPolicies } from './policies.ts';
import { type OpThresholds, thresholdsFrom } from './thresholds.ts';
import { faultOfWindows, type KeyFault, type WindowConfigs } from './windows.ts';

/** Where the fleet's target is read: a branch of a git remote, or a version.json. */
export type TargetSource = (
  | {
      kind: 'repo';
      url: string;
      /** Credentials of the remote, in the format of `git credential-store`: URLs with user and password, one per line. */
      credentialsFile: string | null;
      /** The flake's folder in the repository; its root if absent. */
      flakeDir?: string;
    }
  | {
      kind: 'version';
      url: string;
      /** Request headers: `Name: value`, one per line. */
      headersFile: string | null;
    }
) & {
  branch: string;
  pollMs: number;
};

/** The content of CONFIG (docs/protocol.md section 1), defaults filled in. */
export type FileConfig = {
  ops: OpThresholds;
  target: TargetSource | null;
  limits: { outputBytes: number; hosts: number; queuedPerHost: number };
  retention: { commandDays: number; eventDays: number; auditDays: number };
  dashboard: { origins: readonly string[] };
  /** `trustedProxies`: the proxies whose `X-Forwarded-For` counts. */
  access: {
    trustedProxies: readonly string[];
    stepUp: readonly string[];
    stepUpMs: number;
    twoPeople: boolean;
    /** Where people reach the coordinator, without a trailing slash; null if not set. */
    publicUrl: string | null;
  };
  windows: WindowConfigs;
  notify: readonly ReceiverConfig[];
  policies: readonly PolicyConfig[];
  /** Null if no identity provider is set. */
  oidc: OidcConfig | null;
};

export type FileReading = { kind: 'value'; value: FileConfig } | { kind: 'fault'; fault: string; line?: number | null };

const read = tomlReader(ConfigSchema);
const name = lazyValidator(Name);

/** Reads the text of a CONFIG; an empty one gives the defaults. */
export function readConfigFile(text: string): FileReading {
  const file = read(text);
  if (file.kind === 'fault') return file;
  const { ops = {}, target, limits, retention, dashboard, access, windows = {} } = file.value;
  const { policies = {}, notify = [], oidc } = file.value;
  const planned = readPolicies(policies, windows);
  const fault = faultOf(file.value) ?? planned.fault;
  if (fault) return { kind: 'fault', fault: fault.fault, line: lineOfKey(text, fault.keys) };
  return {
    kind: 'value',
    value: {
      ops,
      target: target ? targetOf(target) : null,
      limits: withDefaults(LimitsKeys, limits),
      retention: withDefaults(RetentionKeys, retention),
      dashboard: withDefaults(DashboardKeys, dashboard),
      access: accessOf(access),
      windows,
      notify: notify.map((given) => receiverOf(withDefaults(NotifyKeys, given))),
      policies: planned.policies,
      oidc: oidc ? oidcOf(withDefaults(OidcKeys, oidc), accessOf(access).publicUrl ?? '') : null,
    },
  };
}

type File = Static<typeof ConfigSchema>;

/** Rules that a schema cannot express. */
function faultOf({ ops = {}, target, access, windows = {}, notify = [], oidc }: File): KeyFault | null {
  for (const [id, given] of Object.entries(ops)) {
    const keys = ['ops', id];
    if (!name().Check(id)) return { keys, fault: `ops.${JSON.stringify(id)}: this is not a name for an op` };
    const { warningMs, timeoutMs } = thresholdsFrom(ops)(builtinOp(id) ?? customOp(id, 'exit'));
    if (warningMs !== null && timeoutMs !== null && warningMs > timeoutMs)
      return {
        keys: [...keys, 'warningMs'],
        fault: `ops.${id}.warningMs: must not be above timeoutMs (${timeoutMs}${given.timeoutMs ? '' : ' by default'})`,
      };
  }
  if (target && (target.repoUrl === undefined) === (target.versionUrl === undefined))
    return { keys: ['target'], fault: 'target: takes either repoUrl or versionUrl' };
  const targetFault = target && faultOfTarget(target);
  if (targetFault) return targetFault;
  const noRange = access?.trustedProxies?.find((range) => !isAddressRange(range));
  if (noRange !== undefined)
    return {
      keys: ['access', 'trustedProxies'],
      fault: `access.trustedProxies: takes addresses and ranges such as "10.0.0.0/8", not ${JSON.stringify(noRange)}`,
    };
  if (access?.publicUrl !== undefined && !isPublicUrl(access.publicUrl))
    return {
      keys: ['access', 'publicUrl'],
      fault: 'access.publicUrl: takes a URL such as "https://fleet.example.com", without user, query and fragment',
    };
  return faultOfWindows(windows) ?? faultOfNotify(notify) ?? faultOfOidc(oidc, access?.publicUrl);
}

function isPublicUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username + url.password + url.search + url.hash === '';
}

const accessOf = (given: File['access']): FileConfig['access'] => {
  const { publicUrl, ...access } = withDefaults(AccessKeys, given);
  return { ...access, publicUrl: publicUrl === undefined ? null : new URL(publicUrl).href.replace(/\/+$/, '') };
};

/** Never quotes the value: it is the secret. */
function faultOfTarget({ repoUrl, versionUrl, credentialsFile, headersFile, flakeDir }: NonNullable<File['target']>) {
  const fault = (key: string, says: string) => ({ keys: ['target', key], fault: `target.${key}: ${says}` });
  if (repoUrl !== undefined && holdsSecret(repoUrl))
    return fault(
      'repoUrl',
      'must hold no password, token or query, which others could read while git runs; put it into credentialsFile',
    );
  const url = versionUrl === undefined ? null : URL.parse(versionUrl);
  if (versionUrl !== undefined && url === null) return fault('versionUrl', 'is not a URL');
  if (url && (url.username !== '' || url.password !== '' || url.hash !== ''))
    return fault('versionUrl', 'must hold no user, password or fragment; put credentials into headersFile');
  if (credentialsFile !== undefined && repoUrl === undefined) return fault('credentialsFile', 'belongs to repoUrl');
  if (headersFile !== undefined && versionUrl === undefined) return fault('headersFile', 'belongs to versionUrl');
  if (flakeDir !== undefined && repoUrl === undefined) return fault('flakeDir', 'belongs to repoUrl');
  if (flakeDir !== undefined && parseRelativeFolder(flakeDir) === undefined)
    return fault('flakeDir', "takes a path below the repository's own folder");
  return null;
}

/** `faultOf` made sure that one of the URLs is there. */
function targetOf(given: NonNullable<File['target']>): TargetSource {
  const { repoUrl, versionUrl, credentialsFile = null, headersFile = null } = given;
  const { branch, flakeDir = '.', pollMs } = withDefaults(TargetKeys, given);
  const folder = parseRelativeFolder(flakeDir);
  return repoUrl === undefined
    ? { kind: 'version', url: versionUrl ?? '', headersFile, branch, pollMs }
    : { kind: 'repo', url: repoUrl, credentialsFile, branch, pollMs, ...(folder && { flakeDir: folder }) };
}
