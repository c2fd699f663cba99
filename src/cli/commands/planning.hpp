// What the commands that plan a run have in common: a verb, again, rollback.
#pragma once
#include <optional>
#include <stop_token>

#include "cli/session.hpp"

namespace blc::cli {

// Exit::refused where what is named so is above the session's ceiling.
Result<> below_ceiling(const std::string& verb, Classification classification, const policy::Settings& settings);
// Exit::usage where --clinical asserts too much, Exit::refused where the verb is above the session's ceiling.
Result<> fits_session(Session& session, const verb::Verb& verb, const policy::Settings& settings);
// Where a run is asked for again: where it was, or where --env says. The session's own environment does not count.
Result<policy::Settings> settings_for(Session& session, const approval::Run& earlier);
// Lets the executor plan a run that was asked for, shows the plan, and where nothing is missing and somebody is there
// asks whether to run it. `since`: the run that it was asked for after.
Result<Exit> plan_and_show(Session& session, const RunId& id, const std::stop_token& stop, const std::optional<RunId>& since);

}  // namespace blc::cli
