import { BranchRulesController } from './branch-rules-controller.ts';
import { BuildsController } from './builds-controller.ts';
import { CallsController } from './calls-controller.ts';
import { ClustersController } from './clusters-controller.ts';
import { DeliveriesController } from './deliveries-controller.ts';
import { EnvironmentsController } from './environments-controller.ts';
import { EventsController } from './events-controller.ts';
import { ExecsController } from './execs-controller.ts';
import { LogsController } from './logs-controller.ts';
import { MetricsController } from './metrics-controller.ts';
import { PasskeysController } from './passkeys-controller.ts';
import { PeopleController } from './people-controller.ts';
import { PlansController } from './plans-controller.ts';
import { ProjectsController } from './projects-controller.ts';
import { ReleasesController } from './releases-controller.ts';
import { RepositoriesController } from './repositories-controller.ts';
import { RolloutsController } from './rollouts-controller.ts';
import { SecretsController } from './secrets-controller.ts';
import { ServicesController } from './services-controller.ts';
import { SessionsController } from './sessions-controller.ts';
import { SignInController } from './sign-in-controller.ts';
import { TokensController } from './tokens-controller.ts';
import { VariablesController } from './variables-controller.ts';

/** Every one of them; a test and the start of the server hold them against the contract. */
export const controllers = [
  BranchRulesController,
  BuildsController,
  CallsController,
  ClustersController,
  DeliveriesController,
  EnvironmentsController,
  EventsController,
  ExecsController,
  LogsController,
  MetricsController,
  PasskeysController,
  PeopleController,
  PlansController,
  ProjectsController,
  ReleasesController,
  RepositoriesController,
  RolloutsController,
  SecretsController,
  ServicesController,
  SessionsController,
  SignInController,
  TokensController,
  VariablesController,
] as const;
