// Evidence of the ledger in places that whoever can write the ledger cannot change: checkpoints, and copies of all entries.
#pragma once
#include <optional>
#include <string>

#include "cli/session.hpp"
#include "core/approval/log.hpp"

namespace blc::cli {

enum class Outside { checkpoint, entries };
// What a client wrote last to a place outside the practice and its store.
struct Written {
  Timestamp at;
  ledger::Head head;
  std::string place;  // safe to show
};

// What is remembered of it in the client's state, where nothing rests on it but the reminders of blc doctor.
class OutsideFile {
 public:
  explicit OutsideFile(std::string directory) : directory_(std::move(directory)) {}
  // nullopt also where it cannot be read.
  [[nodiscard]] std::optional<Written> last(Outside what) const;
  void remember(Outside what, const Written& written);

 private:
  [[nodiscard]] std::string path(Outside what) const;
  std::string directory_;
};

// The last one that this ledger extends.
Result<std::optional<Written>> last_written(Session& session, const approval::Log& log, Outside what);

// Whether `path` lies outside the practice and the folder of its store.
Result<bool> lies_outside(const Session& session, const std::string& path);

// Writes the note, durably and in one step, to `place`: a file, or a folder for a file named by practice and size. In the
// place of an earlier checkpoint of this ledger that the ledger extends, and of nothing else. Where it was written.
Result<std::string> publish(Session& session, const approval::Log& log, const std::string& note, const std::string& place);

// A checkpoint of the head as it is now, signed by the executor, whose key stands in the root: a third party checks it with
// any signed-note tool (C2SP signed-note, tlog-checkpoint).
Result<std::string> checkpoint_note(Session& session);

// Where the audit level of the run is immutable, and a checkpoint was published from this account before, publishes the one
// of now in its place. Where that fails it is told, and the run is as it is.
void publish_again(Session& session, const approval::Run& run);

// Reads the exported entries in `directory` again: Exit::failed unless they make the ledger's head.
Result<> check_export(const approval::Log& log, const std::string& directory);

// Keeps in mind that the head, as it is now, was written there.
Result<> remember_written(Session& session, const approval::Log& log, Outside what, const std::string& place);

}  // namespace blc::cli
