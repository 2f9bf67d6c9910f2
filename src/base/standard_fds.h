#pragma once

namespace mongotail {

/// Opens what is closed of the descriptors 0, 1 and 2, so that no file of this program gets one of
/// these numbers. The replacements can be neither read nor written. To be called before anything
/// else is opened.
void fill_standard_descriptors();

/// Whether it was open for reading, or for writing, when the program was started. For 0, 1 and 2.
bool is_open_for_reading(int fd);
bool is_open_for_writing(int fd);

}  // namespace mongotail
