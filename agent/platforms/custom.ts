import type { Platform } from '../spool/platform.ts';
import { commonOps, repoFeatures } from './common-ops.ts';
import { readFacts } from './facts.ts';
import { createPlannedPlatform } from './planned-platform.ts';
import type { PlatformSettings } from './platform-settings.ts';
import { readEvidence } from './step/evidence.ts';

/** Any host: ops that need no knowledge of the system are built in, the rest comes from OPS_FILE. */
export function createCustom(settings: PlatformSettings): Platform {
  const { profile } = settings;
  const system = { profile, links: [profile ?? '/run/current-system'] };
  return createPlannedPlatform({
    ...settings,
    name: 'custom',
    features: repoFeatures(settings),
    plans: commonOps(settings),
    evidence: (_op, { evidenceDir }) => readEvidence(evidenceDir),
    facts: () => readFacts(settings, system),
  });
}
