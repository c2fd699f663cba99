#include <fmt/format.h>

#include "cli/commands/command.hpp"
#include "cli/views/table.hpp"
#include "cli/views/words.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

namespace {

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
    output.object(text::Json::Object{
        {"format", "blc.catalog-status/v1"}, {"version", adopted.version()}, {"same", found.empty()}, {"differs", changes}});
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
  output.line("blc catalog adopt adopts them.");
  return Exit::done;
}

Result<Exit> adopt(Session& session) {
  BLC_TRY(auto* const desk, session.desk());
  BLC_TRY(auto* const signer, session.signer());
  BLC_TRY(auto* const practice, session.files());
  BLC_TRY(const auto files, trust::Catalog::read(*practice));
  if (!desk->me().has_role(trust::kAdminRole))
    return fail(Exit::refused, fmt::format("{} is no admin; only admins adopt a catalog", desk->name()), "blc trust show");
  std::uint64_t version = 0;
  BLC_CHECK(desk->log().append(*signer, desk->name(), [&](const approval::Replay& replay) -> Result<approval::Draft> {
    if (replay.catalog()->differences(files).empty())
      return fail(Exit::refused, "the practice's files are the adopted catalog already");
    version = replay.catalog()->version() + 1;
    BLC_TRY(const auto next, trust::Catalog::make(version, files));
    return approval::Draft{ledger::Kind::catalog, {}, next.to_json(), {}};
  }));
  if (session.output().json())
    session.output().object(text::Json::Object{{"format", "blc.catalog-status/v1"}, {"version", version}, {"same", true}, {"differs", text::Json::Object{}}});
  session.output().line(fmt::format("Catalog {} is adopted: {}.", version, count(files.size(), "file")));
  return Exit::done;
}

}  // namespace

void add_catalog(Commands& commands) {
  auto* const catalog = commands.group("catalog", "The verbs, policies and programs that count outside local");
  commands.add(*catalog, "status", "Compare the practice's files with the adopted catalog", status);
  commands.add(*catalog, "adopt", "Adopt the practice's files as they are now", adopt);
}

}  // namespace blc::cli
