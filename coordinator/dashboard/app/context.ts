import { createContext, useContext } from 'solid-js';
import type { DispatchRequest } from '../../../shared/model/dispatch.ts';
import type { Live } from './live.ts';
import type { Me } from './me.ts';

/** Every page gets this. */
export type App = Me & {
  live: Live;
  /** Opens the dispatch dialog, filled in from the draft. */
  openDispatch(draft: Partial<DispatchRequest>): void;
  openPalette(): void;
  signOut(): void;
  /** Whether actions are on: the coordinator is in reach, and the person may act at all. */
  canAct(): boolean;
};

const AppContext = createContext<App>();

export const AppProvider = AppContext.Provider;

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error('a part of the page stands outside of the app');
  return app;
}

export const useLive = (): Live => useApp().live;
