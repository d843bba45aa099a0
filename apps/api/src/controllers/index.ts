import { BranchRulesController } from './branch-rules-controller.ts';
import { BuildsController } from './builds-controller.ts';
import { DeliveriesController } from './deliveries-controller.ts';
import { EnvironmentsController } from './environments-controller.ts';
import { EventsController } from './events-controller.ts';
import { LogsController } from './logs-controller.ts';
import { PeopleController } from './people-controller.ts';
import { ProjectsController } from './projects-controller.ts';
import { ReleasesController } from './releases-controller.ts';
import { RepositoriesController } from './repositories-controller.ts';
import { RolloutsController } from './rollouts-controller.ts';
import { SecretsController } from './secrets-controller.ts';
import { ServicesController } from './services-controller.ts';
import { TokensController } from './tokens-controller.ts';
import { VariablesController } from './variables-controller.ts';

/** Every one of them; a test and the start of the server hold them against the contract. */
export const controllers = [
  BranchRulesController,
  BuildsController,
  DeliveriesController,
  EnvironmentsController,
  EventsController,
  LogsController,
  PeopleController,
  ProjectsController,
  ReleasesController,
  RepositoriesController,
  RolloutsController,
  SecretsController,
  ServicesController,
  TokensController,
  VariablesController,
] as const;
