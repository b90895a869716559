import { answerVerb } from './verbs/answer.ts';
import { attentionVerb } from './verbs/attention.ts';
import { auditVerb } from './verbs/audit.ts';
import { commandsVerb } from './verbs/commands.ts';
import { completeVerb, completionVerb } from './verbs/completion.ts';
import { contextAddVerb, contextListVerb, contextRemoveVerb, contextUseVerb } from './verbs/context.ts';
import { keepVerb, undoVerb } from './verbs/decide.ts';
import { dispatchesVerb } from './verbs/dispatches.ts';
import { doctorVerb } from './verbs/doctor.ts';
import {
  enrolApproveVerb,
  enrolCreateVerb,
  enrolListVerb,
  enrolRefuseVerb,
  enrolRemoveVerb,
  enrolWaitingVerb,
} from './verbs/enrol.ts';
import { eventsVerb } from './verbs/events.ts';
import { hostAddVerb, hostRemoveVerb, hostTokenVerb } from './verbs/host.ts';
import { hostsVerb } from './verbs/hosts.ts';
import { cancelVerb, killVerb } from './verbs/kill.ts';
import { loginVerb, logoutVerb } from './verbs/login.ts';
import { logsVerb } from './verbs/logs.ts';
import { maintenanceVerb } from './verbs/maintenance.ts';
import { notifyListVerb, notifyTestVerb } from './verbs/notify.ts';
import { policyVerbs } from './verbs/policy.ts';
import { quarantineVerb } from './verbs/quarantine.ts';
import { rolloutStartVerb } from './verbs/rollout-start.ts';
import { rolloutDecisionVerbs, rolloutListVerb, rolloutShowVerb, rolloutWatchVerb } from './verbs/rollouts.ts';
import { runVerb } from './verbs/run.ts';
import { sessionEndVerb, sessionListVerb } from './verbs/session.ts';
import { showVerb } from './verbs/show.ts';
import { targetVerb } from './verbs/target.ts';
import { tokenCreateVerb, tokenListVerb, tokenRemoveVerb } from './verbs/token.ts';
import type { Verb } from './verbs/verb.ts';
import { whoamiVerb } from './verbs/whoami.ts';

/** All verbs, in the order of the help text. */
export const VERBS: readonly Verb[] = [
  hostsVerb,
  runVerb,
  attentionVerb,
  answerVerb,
  keepVerb,
  undoVerb,
  killVerb,
  cancelVerb,
  showVerb,
  logsVerb,
  commandsVerb,
  dispatchesVerb,
  eventsVerb,
  auditVerb,
  targetVerb,
  rolloutStartVerb,
  rolloutListVerb,
  rolloutShowVerb,
  rolloutWatchVerb,
  ...rolloutDecisionVerbs,
  ...policyVerbs,
  quarantineVerb,
  maintenanceVerb,
  notifyListVerb,
  notifyTestVerb,
  hostAddVerb,
  hostRemoveVerb,
  hostTokenVerb,
  enrolCreateVerb,
  enrolListVerb,
  enrolRemoveVerb,
  enrolWaitingVerb,
  enrolApproveVerb,
  enrolRefuseVerb,
  tokenCreateVerb,
  tokenListVerb,
  tokenRemoveVerb,
  sessionListVerb,
  sessionEndVerb,
  loginVerb,
  logoutVerb,
  whoamiVerb,
  contextListVerb,
  contextUseVerb,
  contextAddVerb,
  contextRemoveVerb,
  doctorVerb,
  completionVerb,
  completeVerb,
];
