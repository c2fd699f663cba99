#include <fmt/format.h>

#include "cli/commands/acts.hpp"
#include "cli/commands/command.hpp"
#include "cli/commands/proposals.hpp"
#include "cli/views/table.hpp"
#include "cli/views/words.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

namespace {

struct AdoptOptions {
  std::string within;
};

Result<Exit> status(Session& session) {
  BLC_TRY(const auto* const log, session.log());
  BLC_TRY(auto* const practice, session.files());
  BLC_TRY(const auto files, trust::Catalog::read(*practice));
  const auto& adopted = *log->replay().catalog();
  const auto found = adopted.differences(files);
  auto& output = session.output();
  if (output.json()) {
    text::Json::Object changes;
    for (const auto& [path, what] : found) changes.emplace(text::display(path), what);
    text::Json::Object status{{"format", "blc.catalog-status/v1"}, {"version", adopted.version()}, {"same", found.empty()}, {"differs", changes}};
    if (const auto next = trust::Catalog::make(adopted.version() + 1, files)) {
      status.emplace("changes", to_json(trust::changes(adopted, *next)));
      status.emplace("impact", to_json(approval::impact(log->replay(), *next, session.clock().now())));
    }
    output.object(std::move(status));
    return Exit::done;
  }
  if (found.empty()) {
    output.line(fmt::format("The practice's files are those of the adopted catalog {}.", adopted.version()));
    return Exit::done;
  }
  output.line(fmt::format("These files differ from the adopted catalog {}. In local they count as they are; elsewhere the catalog does.", adopted.version()));
  std::vector<Row> rows;
  for (const auto& [path, what] : found) rows.push_back({std::string(what), path});
  output.screen(table({{"NOW"}, {"FILE"}}, rows, output.width(), 2));
  auto next = trust::Catalog::make(adopted.version() + 1, files);
  if (!next) {
    output.line("They cannot be adopted as they are: " + next.error().message);
    return Exit::done;
  }
  output.line("Adopted, they would change");
  output.screen(changes_text(trust::changes(adopted, *next), output.width()));
  const auto now = session.clock().now();
  if (const auto impact = impact_text(approval::impact(log->replay(), *next, now), now, output.width()); !impact.empty())
    output.screen("Runs that would need other signatures or people\n" + impact);
  output.line("Next  blc catalog adopt");
  return Exit::done;
}

Result<Exit> adopt(Session& session, const AdoptOptions& options) {
  BLC_TRY(auto* const log, session.log());
  BLC_TRY(auto* const signer, session.signer());
  BLC_TRY(auto* const practice, session.files());
  BLC_TRY(const auto files, trust::Catalog::read(*practice));
  BLC_TRY(const auto within, read_within(options.within));
  BLC_TRY(auto desk, approval::AdminDesk::open(*log, *signer));
  const auto before = *log->replay().catalog();
  BLC_TRY(const auto next, trust::Catalog::make(before.version() + 1, files));
  const auto changes = trust::changes(before, next);
  const auto impact = approval::impact(log->replay(), next, session.clock().now());
  BLC_TRY(const auto changed, recorded(session, desk.name(), "adopt a catalog", desk.adopt_catalog(files, within)));
  return tell_change(session, changed, [&] {
    auto& output = session.output();
    if (output.json())
      output.object(text::Json::Object{{"format", "blc.catalog-status/v1"}, {"version", next.version()}, {"same", true},
                                       {"differs", text::Json::Object{}}, {"changes", to_json(changes)}, {"impact", to_json(impact)}});
    output.screen(changes_text(changes, output.width()));
    if (!impact.empty()) output.screen("Runs that need other signatures or people now\n" + impact_text(impact, session.clock().now(), output.width()));
    output.line(fmt::format("Catalog {} is adopted: {}.", next.version(), count(files.size(), "file")));
  });
}

}  // namespace

void add_catalog(Commands& commands) {
  const auto catalog = commands.group("catalog", "The verbs, policies and programs that count outside local");
  commands.add(catalog, "status", "Compare the practice's files with the adopted catalog", status);
  auto options = std::make_shared<AdoptOptions>();
  const auto adopting = commands.add(catalog, "adopt", "Adopt the practice's files as they are now, or propose that",
                                      [options](Session& session) { return adopt(session, *options); });
  adopting.add_option("--within", options->within, "where other admins must sign: how long that may take, such as 3d (7d)").type_name("TIME");
}

}  // namespace blc::cli
