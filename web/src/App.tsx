import { StrictMode } from "react";
import { I18nProvider } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { FaultBoundary } from "./pages/FaultPage";
import { HomePage } from "./pages/HomePage";
import { JoinPage } from "./pages/JoinPage";
import { useRoute } from "./route";
import { TwinSpace } from "./twinspace/TwinSpace";
import { NoticesProvider } from "./ui/Notices";

export function App() {
  const { i18n } = useTranslation();
  return (
    <StrictMode>
      <I18nProvider locale={i18n.language}>
        <FaultBoundary>
          <NoticesProvider>
            <Page />
          </NoticesProvider>
        </FaultBoundary>
      </I18nProvider>
    </StrictMode>
  );
}

function Page() {
  const route = useRoute();
  switch (route.page) {
    case "home":
      return <HomePage />;
    case "join":
      return <JoinPage />;
    case "twinspace":
      return (
        <TwinSpace
          // Another person is another connection and another state.
          key={`${route.project}/${route.member}`}
          project={route.project}
          member={route.member}
          room={route.room}
        />
      );
  }
}
