#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/commands/command.hpp"
#include "cli/commands/restore.hpp"
#include "cli/exporting.hpp"
#include "cli/outside.hpp"
#include "cli/views/table.hpp"
#include "cli/views/words.hpp"
#include "core/adapters/secure_files.hpp"
#include "core/approval/export.hpp"
#include "core/crypto/note.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

namespace {

using text::Json;

Json::Array voids_json(const std::vector<approval::VoidEntry>& voids) {
  Json::Array list;
  for (const auto& entry : voids) list.emplace_back(Json::Object{{"leaf", entry.leaf}, {"why", entry.why}});
  return list;
}

constexpr auto kAskAdmins = "sign and run nothing; show this to your admins";

Result<Exit> verify(Session& session, bool full) {
  BLC_TRY(auto* const log, session.unverified_log());
  auto& output = session.output();
  const bool shows = session.terminal().errors() && !session.globals().quiet;
  const auto checked = log->verify_all(full, [&](std::uint64_t size) {
    if (shows && size % 65536 == 0) output.note(fmt::format("{} entries checked", size));
  });
  const auto& replay = log->replay();
  const auto faults = replay.faults();
  const bool ok = checked && faults.empty();
  if (output.json()) {
    Json::Object json{{"format", "blc.ledger-verify/v1"}, {"ok", ok},
                      {"size", replay.size()},            {"root", replay.head().root.hex()},
                      {"origin", replay.origin()},        {"void", voids_json(faults)},
                      {"late", replay.late_entries().size()}, {"runs", replay.run_count()}};
    if (!checked) json.emplace("why", checked.error().message);
    output.object(json);
    return ok ? Exit::done : Exit::ledger;
  }
  // Whoever has just verified all of it is not sent to verify it.
  if (!checked && full && checked.error().code == Exit::ledger) return fail(Exit::ledger, checked.error().message, kAskAdmins);
  if (!checked) return std::unexpected(checked.error());
  if (!faults.empty()) {
    std::string list;
    for (const auto& entry : faults) list += fmt::format("\n  entry {}: {}", entry.leaf, text::display(entry.why));
    return fail(Exit::ledger, "the ledger does not verify:" + list, kAskAdmins);
  }
  output.line(fmt::format("The ledger verifies: {} entries, {}.", replay.size(), count(replay.run_count(), "run")));
  output.line("Root " + replay.head().root.hex());
  if (const auto late = replay.late_entries().size(); late > 0)
    output.line(fmt::format("{} came too late to count; that is no fault.", count(late, "entry")));
  return Exit::done;
}

// Of the entries that do not count: why. "late" for those that came too late, which is no fault.
std::map<std::uint64_t, std::string> standings_of(const approval::Replay& replay) {
  std::map<std::uint64_t, std::string> standings;
  for (const auto leaf : replay.late_entries()) standings.emplace(leaf, "late");
  for (const auto& entry : replay.void_entries()) standings.emplace(entry.leaf, "VOID: " + entry.why);
  return standings;
}

Result<Exit> show(Session& session, const std::string& wanted) {
  BLC_TRY(auto* const log, session.log());
  const approval::Run* run = nullptr;
  if (!wanted.empty()) {
    BLC_TRY(run, session.find_run(wanted));
  }
  auto& output = session.output();
  Json::Array entries;
  std::vector<Row> rows;
  const auto standings = standings_of(log->replay());
  const auto now = session.clock().now();
  log->store().read(0, log->replay().size(), [&](std::uint64_t leaf, std::string_view bytes) {
    const auto entry = ledger::decode_entry(bytes);
    if (run != nullptr && (!entry || entry->header.run != run->id)) return true;
    if (!entry) {
      rows.push_back({std::to_string(leaf), "?", "?", "?", "", "(VOID: " + entry.error().message + ")"});
      return true;
    }
    const auto& header = entry->header;
    const auto standing = standings.find(leaf);
    if (!output.json()) {
      rows.push_back({std::to_string(leaf), entry->type.substr(0, entry->type.find('.')), header.by,
                      when(header.at, now), header.run ? header.run->suffix() : "",
                      standing == standings.end() ? "" : "(" + standing->second + ")"});
      return true;
    }
    Json::Object object{{"leaf", leaf},
                        {"hash", ledger::leaf_hash(bytes).hex()},
                        {"type", entry->type},
                        {"id", header.id.str()},
                        {"by", header.by},
                        {"at", blc::to_string(header.at)}};
    object.emplace("standing", standing == standings.end() ? "counts" : standing->second);
    if (header.run) object.emplace("run", header.run->str());
    entries.emplace_back(std::move(object));
    return true;
  });
  if (output.json()) output.object(Json::Object{{"format", "blc.ledger-show/v1"}, {"entries", std::move(entries)}});
  const bool all_count = std::ranges::all_of(rows, [](const Row& row) { return row.back().empty(); });
  std::vector<Column> columns{{"ENTRY"}, {"KIND"}, {"BY"}, {"AT"}, {"RUN"}};
  if (!all_count) columns.push_back({"WHY IT DOES NOT COUNT"});
  for (auto& row : rows) row.resize(columns.size());
  output.screen(table(columns, rows, output.width()));
  return Exit::done;
}

Result<Exit> checkpoint(Session& session, const std::string& place) {
  BLC_TRY(const auto note, checkpoint_note(session));
  auto& output = session.output();
  Json::Object json{{"format", "blc.checkpoint/v1"}, {"note", note}};
  if (!place.empty()) {
    BLC_TRY(const auto* const log, session.log());
    BLC_TRY(const auto path, publish(session, *log, note, place));
    BLC_CHECK(remember_written(session, *log, Outside::checkpoint, place));
    output.line(fmt::format("Wrote the checkpoint of {} to {}.", count(log->replay().size(), "entry"), text::display(path)));
    json.emplace("published", path);
  } else if (!output.json()) {
    output.raw(note);
  }
  if (output.json()) output.object(json);
  return Exit::done;
}

// Whoever gets a proof gets the run's entries: where its audit level says so, the ledger knows of it first.
Result<> proof_taken_out(Session& session, const approval::Run& run) {
  if (!AuditLevels(session).records_exports(run.environment, run.classification)) return {};
  approval::Export taken;
  taken.what = approval::Taken::ledger_export;
  taken.environments = {run.environment};
  taken.runs = 1;
  return record(session, taken);
}

Result<Exit> prove(Session& session, const std::string& wanted) {
  BLC_TRY(auto* const log, session.log());
  BLC_TRY(const auto* const found, session.find_run(wanted));
  BLC_CHECK(checkpoint_note(session));  // nothing is recorded where none can be made
  const auto id = found->id;
  BLC_CHECK(proof_taken_out(session, *found));
  BLC_TRY(const auto note, checkpoint_note(session));
  const auto proof = approval::prove(*log, *log->replay().run(id), note);
  session.output().raw(text::canonical(proof) + "\n");
  return Exit::done;
}

// Where the ledger holds runs whose audit level says so, it knows first that it is copied; the copy ends with that entry.
Result<> taken_out(Session& session, const approval::Replay& replay) {
  AuditLevels levels(session);
  approval::Export taken;
  taken.what = approval::Taken::ledger_export;
  taken.runs = replay.run_count();
  for (const auto environment : kEnvironments) {
    const bool recorded = std::ranges::any_of(kClassifications, [&](auto classification) {
      return replay.run_count({.environment = environment, .classification = classification}) > 0 &&
             levels.records_exports(environment, classification);
    });
    if (recorded) taken.environments.push_back(environment);
  }
  return taken.environments.empty() ? Result<>() : record(session, taken);
}

Result<Exit> export_to(Session& session, const std::string& directory) {
  BLC_TRY(auto* const log, session.log());
  std::error_code error;
  const bool made = std::filesystem::create_directories(directory, error);
  if (error || !std::filesystem::is_empty(directory, error))
    return fail(Exit::usage, fmt::format("{} cannot be used: it is no empty folder", text::display(directory)), "name a new one");
  if (auto taken = taken_out(session, log->replay()); !taken) {
    if (made) std::filesystem::remove(directory, error);
    return std::unexpected(std::move(taken).error());
  }
  std::uint64_t files = 0;
  approval::export_ledger(*log, [&](const std::string& name, std::string_view bytes) {
    adapters::write_private(directory + "/" + name, bytes);
    ++files;
  });
  BLC_CHECK(check_export(*log, directory));
  BLC_TRY(const auto outside, lies_outside(session, directory));
  if (outside) BLC_CHECK(remember_written(session, *log, Outside::entries, directory));
  session.output().line(fmt::format("Wrote {} entries to {} ({} files). Its README says how to check them without blc.",
                                    log->replay().size(), text::display(directory), files));
  if (session.output().json())
    session.output().object(Json::Object{{"format", "blc.ledger-export/v1"}, {"directory", directory}, {"size", log->replay().size()}});
  return Exit::done;
}

}  // namespace

void add_ledger(Commands& commands) {
  const auto ledger = commands.group("ledger", "The signed record of everything that was asked, signed and done");
  auto full = std::make_shared<bool>(false);
  const auto verifying = commands.add(ledger, "verify", "Check every entry, signature, head and decision",
                                       [full](Session& session) { return verify(session, *full); });
  verifying.add_flag("--full", *full, "from the first entry on, also what was checked before");

  auto run = std::make_shared<std::string>();
  const auto showing = commands.add(ledger, "show", "List the entries",
                                     [run](Session& session) { return show(session, *run); });
  showing.add_option("--run", *run, "only those of this run");

  auto restoring = std::make_shared<RestoreOptions>();
  const auto restored = commands.add(ledger, "restore", "For admins, once a backup was put back: say what is lost, so that all can go on",
                                      [restoring](Session& session) { return restore(session, *restoring); });
  restored.add_option("--lost", restoring->lost, "without a terminal: how many entries are lost").type_name("N");
  restored.add_option("--digest", restoring->act.digests, "without a terminal, to sign what another admin proposed: its digest")
      .type_name("DIGEST").one_each();

  auto place = std::make_shared<std::string>();
  const auto noting = commands.add(ledger, "checkpoint", "Print a signed note of size and root, or write it to a place outside",
                                    [place](Session& session) { return checkpoint(session, *place); });
  noting.add_option("--publish", *place, "write it there, outside the practice and its ledger's folder: a file, or a folder").type_name("FILE");

  auto proven = std::make_shared<std::string>();
  const auto proving = commands.add(ledger, "prove", "Print a proof that a run's entries are in the ledger",
                                     [proven](Session& session) { return prove(session, *proven); });
  proving.add_option("run", *proven, "the run").required();

  auto directory = std::make_shared<std::string>();
  const auto exporting = commands.add(ledger, "export", "Write the entries so that ssh-keygen can check them",
                                       [directory](Session& session) { return export_to(session, *directory); });
  exporting.add_option("directory", *directory, "a new folder").type_name("DIR").required();
}

}  // namespace blc::cli
