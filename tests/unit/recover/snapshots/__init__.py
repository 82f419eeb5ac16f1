"""Printed reports that test_report_text compares with."""
