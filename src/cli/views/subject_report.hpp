// All that was done with one person's data: the accounting of disclosures (45 CFR 164.528), and the rest of each run.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/approval/exports.hpp"
#include "core/approval/replay.hpp"
#include "core/text/json.hpp"

namespace blc::cli {

// What left the practice: the four things of 45 CFR 164.528(b)(2).
struct Disclosure {
  enum class Came { sent, perhaps, not_sent };
  std::string recipient;
  std::string sent;     // in brief
  std::string purpose;
  Came came = Came::perhaps;
};

struct ReportedEvent {
  std::uint64_t leaf = 0;
  Timestamp at;
  std::string by;
  std::string kind;  // one word: "signed"
  std::string what;  // for people
  std::optional<Disclosure> disclosure{};
};

struct ReportedRun {
  const approval::Run* run = nullptr;
  approval::State state = approval::State::planning;
  std::vector<ReportedEvent> events;  // in ledger order
};

struct SubjectReport {
  std::string hash;
  Timestamp since;
  Timestamp until;
  std::vector<ReportedRun> runs;               // in order of time
  std::vector<approval::ExportFact> exports;   // of nothing but this person's runs
  std::size_t hidden = 0;                      // runs that this reader may not be told of
};

// Nothing of it opens a sealed value.
[[nodiscard]] ReportedRun report_of(const approval::Replay& replay, const approval::Run& run, Timestamp now);

// `name`: whom it is about, as the reader gave it, or empty where it is not to be repeated.
[[nodiscard]] std::string to_text(const SubjectReport& report, std::string_view name, Timestamp now, std::size_t width);
[[nodiscard]] text::Json to_json(const SubjectReport& report);  // {"format":"blc.subject-report/v1", ...}
[[nodiscard]] std::string to_csv(const SubjectReport& report);  // a row an event

}  // namespace blc::cli
